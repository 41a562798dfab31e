/**
 * The long fuzz, `npm run test:fuzz`: 1 000 000 damaged messages through the three readers of what Envoy sends, each compared
 * with `@grpc/proto-loader`. Prints its report as Markdown and ends with 1 when something does not hold. `FUZZ_RUNS` and
 * `FUZZ_SEED` change how many and which.
 */
import { cpus } from 'node:os';
import { runDecoder } from './decoder-run.ts';
import { DECODERS } from './decoders.ts';

const messages = Number(process.env['FUZZ_RUNS'] ?? 1_000_000);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, seed ${seed}\n`);
console.log('| message | damaged | bytes | read alike | refused | failures | slowest | seconds |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
const reasons: string[] = [];
for (const [index, decoder] of DECODERS.entries()) {
  const share =
    Math.floor((messages * (index + 1)) / DECODERS.length) - Math.floor((messages * index) / DECODERS.length);
  const begin = performance.now();
  const run = runDecoder(decoder, share, seed);
  const refused = [...run.refused.values()].reduce((sum, count) => sum + count, 0);
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const counts = [
    run.messages,
    run.bytes,
    run.read,
    refused,
    run.failures.length,
    `${run.slowestUs.toFixed(0)} µs`,
    seconds,
  ];
  console.log(`| ${decoder.name} | ${counts.join(' | ')} |`);
  const list = [...run.refused].toSorted(([, a], [, b]) => b - a).map(([why, count]) => `${why} ${count}`);
  reasons.push(`${decoder.name}: ${list.join(', ')}.`);
  for (const failure of run.failures.slice(0, 10)) console.error(`${decoder.name}: ${failure}`);
  if (run.failures.length > 0) process.exitCode = 1;
}
console.log(`\nWhy they were refused. ${reasons.join(' ')}`);
