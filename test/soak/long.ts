/**
 * The long soak, `npm run test:soak`: 400 000 hostile requests and three times 100 000 calls of `initialize`, against built
 * files. Prints its report as Markdown and ends with 1 when something does not hold. Takes some four minutes.
 */
import { cpus } from 'node:os';
import { listCounts } from './claim.ts';
import { floodClaims } from './flood-claims.ts';
import { hostileClaims } from './hostile-claims.ts';
import { runHostileSoak } from './hostile-soak.ts';
import { runInitializeFloods } from './initialize-flood.ts';
import { printCheckpoints, printClaims } from './print-report.ts';

const MIB = 1024 * 1024;
/** Four times what is promised for: what an allocator keeps varies by a megabyte from one checkpoint to the next. */
const HOSTILE = { seed: 1, warmUp: 50_000, requests: 400_000, checkpoints: 20 };
const FLOODS = { warmUp: 10_000, requests: 100_000, callers: [1, 400, 100_000] };
/** Where every call brings a token of its own, the memory of verified tokens fills too: `authenticate.cache.max_bytes`, 32 MiB. */
const TOKEN_MEMORY = 32 * MIB;
const MANY_TOKENS = 10_000;

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`);
const hostile = await runHostileSoak({ ...HOSTILE, onCheckpoint: ({ requests }) => console.error(`${requests} sent`) });
const claims = hostileClaims(hostile, { requests: 100_000, heap: MIB, resident: MIB });
console.log(
  `## ${HOSTILE.requests} hostile requests after ${HOSTILE.warmUp} to warm up, ${hostile.seconds.toFixed(0)} s\n`,
);
printClaims(claims);
printCheckpoints(hostile.checkpoints);
console.log(`Attacks: ${listCounts(hostile.tally.byAttack)}.\n`);
console.log(`Reasons: ${listCounts(hostile.tally.byReason)}.\n`);

for (const flood of await runInitializeFloods(FLOODS)) {
  const found = floodClaims(flood, 20 * MIB + (flood.callers >= MANY_TOKENS ? TOKEN_MEMORY : 0));
  claims.push(...found);
  console.log(`## ${flood.requests} × initialize by ${flood.callers} callers, ${flood.seconds.toFixed(0)} s\n`);
  printClaims(found);
}
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;
