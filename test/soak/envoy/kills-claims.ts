import type { Claim } from '../claim.ts';
import { median } from '../growth.ts';
import { completesOrRefuses } from './answer-claims.ts';
import { hasIntents } from './record-claims.ts';
import type { KillsReport } from './run-kills.ts';

/**
 * What is promised of a Sallyport that is killed over and over, held against a report.
 *
 * @param readyWithinMs Longest start, where the clock says something about the product.
 */
export function killsClaims(report: KillsReport, readyWithinMs: number): Claim[] {
  const { options, tally, received, repeated, decisions, startMs, startCpuMs, servedMs } = report;
  const { intents, damaged, torn } = decisions;
  const unreached = [...tally.completed].filter((id) => !received.has(id)).length;
  return [
    completesOrRefuses(tally),
    {
      text: 'was killed while calls were asked about',
      holds: tally.refusals >= options.kills,
      found: `${options.kills} kills, ${tally.refusals} refusals`,
    },
    hasIntents([...received.values()], decisions),
    {
      text: 'has each call that was completed reach the tool server, and none twice',
      holds: unreached === 0 && repeated.length === 0,
      found: `${tally.completed.size} completed, ${received.size} reached it, ${unreached} not, ${repeated.length} twice`,
    },
    {
      text: 'leaves a record that can be read',
      holds: damaged === 0,
      found: `${intents.size} intents, ${damaged} damaged places, ${torn} torn ends`,
    },
    {
      text: Number.isFinite(readyWithinMs) ? `is ready again within ${readyWithinMs} ms` : 'is ready again',
      holds: Math.max(...startMs) <= readyWithinMs,
      found: `${rangeOf(startMs)}, of CPU time ${rangeOf(startCpuMs)}; first call served after ${rangeOf(servedMs)}`,
    },
  ];
}

/** `median 300 ms, worst 400 ms`. */
function rangeOf(ms: readonly number[]): string {
  return `median ${median(ms).toFixed(0)} ms, worst ${Math.max(...ms).toFixed(0)} ms`;
}
