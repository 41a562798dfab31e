import type { Claim } from '../claim.ts';
import { median } from '../growth.ts';
import { completesOrRefuses } from './answer-claims.ts';
import { hasIntents, hasOutcomes } from './record-claims.ts';
import type { RestartsReport } from './run-restarts.ts';

/** What is promised of a Sallyport that is told to stop over and over, held against a report. */
export function restartsClaims({ options, tally, received, decisions, stops }: RestartsReport): Claim[] {
  const lost = [...received.keys()].filter((id) => !tally.completed.has(id)).length;
  const open = stops.reduce((sum, stop) => sum + stop.open, 0);
  const bad = stops.filter(({ exitCode }) => exitCode !== 0);
  const ms = stops.map((stop) => stop.ms);
  return [
    completesOrRefuses(tally),
    {
      text: 'loses no call that was let pass',
      holds: lost === 0 && open > 0,
      found: `${received.size} reached the tool server, ${open} of them were there when it was told to stop, ${lost} lost`,
    },
    hasIntents([...received.values()], decisions),
    hasOutcomes(decisions),
    {
      text: 'drains and ends with 0 each time',
      holds: bad.length === 0 && stops.length === options.restarts,
      found: `${stops.length} stops, ${bad.length} with another code; median ${median(ms).toFixed(0)} ms, worst ${Math.max(...ms).toFixed(0)} ms`,
    },
  ];
}
