/**
 * Collector and Prometheus gone for ten minutes, `npm run test:telemetry`: the real ones, against built files. Prints its report as
 * Markdown and ends with 1 when something does not hold. Takes some eleven minutes.
 */
import { cpus } from 'node:os';
import { megabytes } from '../soak/claim.ts';
import { printClaims } from '../soak/print-report.ts';
import { goneClaims } from './gone/gone-claims.ts';
import { type GoneOptions, runGone } from './gone/run-gone.ts';

const OPTIONS: GoneOptions = { callsPerSecond: 100, warmUpS: 60, goneS: 600, everyS: 30 };

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`);
const report = await runGone({ ...OPTIONS, onLook: ({ atS, calls }) => console.error(`${atS} s, ${calls} calls`) });
const claims = goneClaims(report);
console.log(`## Collector and Prometheus gone for ${OPTIONS.goneS} s, ${OPTIONS.callsPerSecond} calls a second\n`);
printClaims(claims);
console.log('| s | calls | median, ms | worst, ms | resident | heap | buffers | files |');
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const look of report.looks) {
  const memory = [look.rss, look.heapUsed, look.external].map(megabytes).join(' | ');
  const times = `${look.medianMs.toFixed(2)} | ${look.worstMs.toFixed(1)}`;
  console.log(`| ${look.atS} | ${look.calls} | ${times} | ${memory} | ${look.openFiles} |`);
}
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;
