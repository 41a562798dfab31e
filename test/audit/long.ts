/**
 * The long kill test of the record, `npm run test:audit`: 200 kills of a service that 10 000 calls and more go through, and everything
 * that can be shown of the log verified by Go. Prints its report as Markdown and ends with 1 when something does not hold. Takes
 * some five minutes.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { goVersion } from '../e2e/go.ts';
import { evidenceOf } from './evidence.ts';
import { buildGoTlog, verifyByGo } from './go-tlog.ts';
import { killRun } from './kill-run.ts';

const KILLS = Number(process.argv[2] ?? 200);
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const why = await buildGoTlog();
const beganMs = performance.now();
await using run = await killRun({
  kills: KILLS,
  main: MAIN,
  random: Math.random,
  onRound: (round, calls) => {
    if (round % 20 === 19) console.error(`${round + 1} kills, ${calls} calls sent`);
  },
});
const seconds = (performance.now() - beganMs) / 1000;
const byGo =
  why === undefined ? await verifyByGo(await evidenceOf(run.directory, run.verifierKey, run.checkpoints)) : undefined;

const { strict, bounded } = run.reached;
console.log(`Node ${process.versions.node}, ${goVersion() ?? 'no Go'}, ${cpus().length} × ${cpus()[0]?.model}\n`);
console.log(`## ${run.kills} × SIGKILL in ${seconds.toFixed(0)} s\n`);
console.log('| what | seen |');
console.log('| --- | ---: |');
console.log(`| calls that reached a tool, record \`strict\` | ${strict} |`);
console.log(`| calls that reached a tool, record \`bounded\` | ${bounded} |`);
console.log(`| of these without an intent on disk | ${run.unrecorded.length} |`);
console.log(`| records | ${run.records} |`);
console.log(`| kills before any call reached a tool | ${run.killedAtStart} |`);
console.log(`| kills in the middle of a write | ${run.tornEnds} |`);
console.log(`| findings of \`audit verify\` with the checkpoint outside, after each kill | ${run.findings.length} |`);
for (const [what, count] of Object.entries(byGo ?? {})) console.log(`| ${what} verified by Go | ${count} |`);
if (why !== undefined) console.log(`\nNot verified by Go: ${why}.`);
for (const one of [...run.unrecorded, ...run.findings].slice(0, 20)) console.log(`\n- ${one}`);
process.exitCode = run.unrecorded.length + run.findings.length === 0 && strict + bounded > 0 ? 0 : 1;
