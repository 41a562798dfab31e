import { PRIORITIES } from '../../src/call/priority.ts';
import { type Claim, listCounts, megabytes } from '../soak/claim.ts';
import { sumOf } from '../soak/series.ts';
import type { ClassResult } from './load.ts';
import { type OverloadReport, resultOf } from './run-overload.ts';

/** How exactly a report is judged. */
export interface OverloadLimits {
  /** What is to be served under overload, as a share of the most that is served without. */
  readonly leastServed: number;
  /** Heap and buffers that may be kept of it, bytes. */
  readonly maxGrowth: number;
}

/** What a guard promises under overload, held against a report. */
export function overloadClaims(report: OverloadReport, { leastServed, maxGrowth }: OverloadLimits): Claim[] {
  return [...serviceClaims(report, leastServed), ...sheddingClaims(report), ...processClaims(report, maxGrowth)];
}

function serviceClaims({ atMost, overload }: OverloadReport, leastServed: number): Claim[] {
  const interactive = resultOf(overload, 'interactive');
  const served = overload.classes.reduce((sum, one) => sum + one.served, 0) / overload.seconds;
  const offered = overload.classes.reduce((sum, { answered, unsent }) => sum + answered + unsent, 0) / overload.seconds;
  return [
    {
      text: `serves at least ${100 * leastServed} % of the most that it serves without`,
      holds: served >= leastServed * atMost,
      found: `${served.toFixed(0)} of ${atMost.toFixed(0)} calls a second, ${offered.toFixed(0)} offered`,
    },
    {
      text: 'serves at least 99 % of interactive calls',
      holds: shareServed(interactive) >= 0.99,
      found: said(interactive),
    },
    {
      text: 'answers every call, with what it asked for or a reason',
      holds: overload.classes.every(({ wrong }) => wrong.length === 0),
      found: overload.classes.flatMap(({ wrong }) => wrong).join(' ') || 'no other answer',
    },
  ];
}

function sheddingClaims({ overload, offersMore }: OverloadReport): Claim[] {
  const [batch, speculative] = [resultOf(overload, 'batch'), resultOf(overload, 'speculative')];
  // Callers that wait for their answers offer no more than what they are answered.
  const sheds = shareServed(batch) < 0.9 || !offersMore;
  return [
    {
      text: 'sheds batch calls, and speculative ones before them',
      holds: sheds && shareServed(speculative) < 0.9 && shareServed(speculative) <= shareServed(batch) + 0.02,
      found: `${said(batch)}; ${said(speculative)}`,
    },
  ];
}

function processClaims({ before, after, series, exitCode, samples }: OverloadReport, maxGrowth: number): Claim[] {
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  const shed = new Map<string, number>(
    [...PRIORITIES, 'unknown'].map((label) => [
      label,
      sumOf(series, 'sallyport_calls_shed_total', (labels) => labels.get('priority') === label),
    ]),
  );
  return [
    {
      text: `keeps at most ${megabytes(maxGrowth)} of heap and buffers of it`,
      holds: grown <= maxGrowth,
      found: `${megabytes(grown)}; resident ${megabytes(before.rss)} before, ${megabytes(after.rss)} after, at most ${megabytes(Math.max(...samples.map(({ residentBytes }) => residentBytes)))} meanwhile`,
    },
    {
      text: 'counts what it shed by class',
      holds: (shed.get('speculative') ?? 0) > (shed.get('interactive') ?? 0),
      found: listCounts(shed),
    },
    {
      text: 'then has nothing in progress, drains and ends with 0',
      holds: exitCode === 0 && sumOf(series, 'sallyport_upstream_calls', () => true) === 0,
      found: `exit code ${exitCode}`,
    },
  ];
}

function shareServed(result: ClassResult | undefined): number {
  if (result === undefined) return Number.NaN;
  return result.served / (result.answered + result.unsent);
}

function said(result: ClassResult | undefined): string {
  if (result === undefined) return 'nothing';
  const { priority, answered, refused, unsent, p50Ms, p99Ms } = result;
  const share = (100 * shareServed(result)).toFixed(2);
  const reasons = listCounts(new Map(Object.entries(refused))) || 'none refused';
  const late = unsent > 0 ? `, ${unsent} not sent` : '';
  return `${priority}: ${share} % of ${answered} (${reasons}${late}), ${p50Ms.toFixed(0)} ms median, ${p99Ms.toFixed(0)} ms p99`;
}
