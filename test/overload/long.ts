/**
 * The long overload, `npm run test:overload`: ten times as much as can be served, for a minute each; first of calls to a tool
 * server that can do no more, through the built-in proxy and through Envoy, then by callers that do not wait as they are told, of
 * the guard itself. Against built files. Prints its report as
 * Markdown and ends with 1 when something does not hold. Takes some three minutes.
 */
import { cpus } from 'node:os';
import { megabytes } from '../soak/claim.ts';
import { printClaims } from '../soak/print-report.ts';
import { overloadClaims } from './overload-claims.ts';
import { type OverloadOptions, runOverload, type Sample } from './run-overload.ts';

const MIB = 1024 * 1024;
const OVERLOAD_S = Number(process.env['SECONDS'] ?? 60);

const RUNS: Readonly<Record<string, OverloadOptions>> = {
  'The tool server can do no more': {
    strength: { workers: 16, callMs: 40 },
    connections: 32,
    atMostS: 10,
    overloadS: OVERLOAD_S,
    interactive: 0.4,
    times: 10,
  },
  'The tool server can do no more, behind Envoy': {
    carrier: 'authorize',
    // Callers, Envoy, Sallyport and the tool server have two cores together: at twice as much those are what can do no more.
    strength: { workers: 8, callMs: 40 },
    connections: 16,
    atMostS: 10,
    overloadS: OVERLOAD_S,
    interactive: 0.4,
    times: 10,
  },
  'The guard can do no more': {
    strength: { workers: 28, callMs: 0 },
    connections: 256,
    atMostS: 10,
    overloadS: OVERLOAD_S,
    interactive: 0.4,
    times: 10,
    by: 'callers',
  },
};

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`);
let holdsAll = true;
for (const [title, options] of Object.entries(RUNS)) {
  const report = await runOverload({
    ...options,
    onSample: ({ atS }) => console.error(`${title}: ${atS.toFixed(0)} s`),
  });
  const claims = overloadClaims(report, { leastServed: 0.8, maxGrowth: 4 * MIB });
  holdsAll &&= claims.every(({ holds }) => holds);
  console.log(`## ${title}: ${options.times} times as much, ${report.overload.seconds.toFixed(0)} s\n`);
  printClaims(claims);
  printSamples(report.samples);
}
process.exitCode = holdsAll ? 0 : 1;

/** Every fifth of them as a table of Markdown. */
function printSamples(samples: readonly Sample[]): void {
  console.log('| second | resident | load |\n| ---: | ---: | ---: |');
  for (const [index, { atS, residentBytes, load }] of samples.entries()) {
    if (index % 5 === 0) console.log(`| ${atS.toFixed(0)} | ${megabytes(residentBytes)} | ${load.toFixed(2)} |`);
  }
  console.log('');
}
