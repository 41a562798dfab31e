import { type Claim, listCounts, megabytes } from './claim.ts';
import { growthOver } from './growth.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { SoakReport } from './hostile-soak.ts';
import { foreignLabels, sumOf } from './series.ts';
import { SEGMENT_BYTES } from './soak-project.ts';

export interface HostileLimits {
  /** Over how many requests memory may grow by so much; measured over all after the warm-up. */
  readonly requests: number;
  /** Growth of heap and buffers after a collection of garbage, bytes. */
  readonly heap: number;
  /** Growth of the resident memory after it, bytes. */
  readonly resident: number;
}

/** Texts in a record are clipped: no refusal is longer, characters. */
const LONGEST_RECORD = 8 * 1024;
/** Series of all metrics: far below what the closed tables of reasons and checks could make. */
const MOST_SERIES = 600;
/** Tools that are pinned there. */
const PINNED = ['echo', 'add', 'send', 'big', 'delete_all'];
/** Different lines that hostile requests can cause, and lines of each in a second. */
const MOST_MESSAGES = 10;
const LINES_PER_SECOND = 20;

/** What a guard promises under hostile requests, held against a report. */
export function hostileClaims(report: SoakReport, limits: HostileLimits): Claim[] {
  return [
    ...answerClaims(report),
    ...memoryClaims(report, limits),
    ...telemetryClaims(report),
    ...serviceClaims(report),
  ];
}

function answerClaims({ tally, reached }: SoakReport): Claim[] {
  return [
    {
      text: 'answers each with a reason, and with no 5xx but the intended ones',
      holds: tally.wrongs === 0,
      found: tally.wrongs === 0 ? listCounts(tally.byStatus) : JSON.stringify(tally.wrong, null, 1),
    },
    { text: 'lets none reach the tool server', holds: reached === 0, found: `${reached} requests` },
  ];
}

function memoryClaims({ checkpoints, end }: SoakReport, { requests, heap, resident }: HostileLimits): Claim[] {
  const [first] = checkpoints;
  const grownHeap = growthOf(checkpoints, requests, ({ heapUsed, external }) => heapUsed + external);
  const grownResident = growthOf(checkpoints, requests, ({ rss }) => rss);
  return [
    {
      text: `keeps at most ${megabytes(heap)} of heap and buffers of ${requests} requests`,
      holds: grownHeap <= heap,
      found: megabytes(grownHeap),
    },
    {
      text: `grows by at most ${megabytes(resident)} of resident memory in ${requests} requests`,
      holds: grownResident <= resident,
      found: megabytes(grownResident),
    },
    {
      text: 'leaves no file or connection open',
      holds: end.openFiles <= (first?.openFiles ?? 0) + SPARE_FILES,
      found: `${first?.openFiles} after the warm-up, ${end.openFiles} at the end`,
    },
  ];
}

/** Connections to the tool server and its idle ones come and go. */
const SPARE_FILES = 4;

function growthOf(
  checkpoints: readonly Checkpoint[],
  requests: number,
  bytes: (checkpoint: Checkpoint) => number,
): number {
  return growthOver(
    requests,
    checkpoints.map((one) => ({ requests: one.requests, bytes: bytes(one) })),
  );
}

function telemetryClaims({ end, checkpoints, logLines, logBytes, strays, seconds, volume }: SoakReport): Claim[] {
  const foreign = foreignLabels(end.series, ['tools', '_unrouted'], PINNED);
  const refused = sumOf(end.series, 'sallyport_decisions_total', (labels) => labels.get('verdict') !== 'allow');
  const lost = sumOf(end.series, 'sallyport_records_lost_total', () => true);
  const lines = [...logLines.values()].reduce((sum, count) => sum + count, 0);
  const isQuiet = logLines.size <= MOST_MESSAGES && lines <= MOST_MESSAGES * LINES_PER_SECOND * seconds;
  return [
    {
      text: 'makes no label or series of what callers send',
      holds: foreign.length === 0 && end.series.length <= MOST_SERIES,
      found: `${checkpoints[0]?.series.length} series after the warm-up, ${end.series.length} at the end${foreign.map((text) => `, ${text}`).join('')}`,
    },
    {
      text: 'logs few lines, of few kinds',
      holds: isQuiet && strays.length === 0,
      found: `${lines} lines, ${logBytes} bytes: ${listCounts(logLines)} ${strays.join(' ')}`,
    },
    {
      text: 'records every refusal, once',
      holds: volume.refusals + lost === refused && volume.damaged === 0,
      found: `${refused} refusals, ${volume.refusals} recorded, ${lost} counted in a gap record, ${volume.damaged} damaged places`,
    },
    {
      text: 'writes bounded records to bounded segments',
      holds: volume.longestRecord <= LONGEST_RECORD && volume.largestSegment <= SEGMENT_BYTES,
      found: `${(volume.bytes / volume.records).toFixed(0)} bytes a record, ${volume.longestRecord} the longest, ${volume.segments} segments, ${volume.largestSegment} bytes the largest`,
    },
  ];
}

function serviceClaims({ goodCallMs: { before, after }, end, exitCode, drainMs }: SoakReport): Claim[] {
  const inFlight = sumOf(end.series, 'sallyport_calls_in_flight', () => true);
  const isAsFast = after <= SLOWER_TIMES * before + SLOWER_MS;
  return [
    {
      text: 'then serves as fast as before',
      holds: isAsFast,
      found: `median of an allowed call: ${before.toFixed(2)} ms before, ${after.toFixed(2)} ms after`,
    },
    {
      // One exchange that never ended would make it wait for all of `drain_ms`, 20 s.
      text: 'then has nothing in progress, drains at once and ends with 0',
      holds: exitCode === 0 && drainMs < LONGEST_DRAIN_MS && inFlight === 0,
      found: `${inFlight} calls in progress, exit code ${exitCode} after ${drainMs.toFixed(0)} ms`,
    },
  ];
}

/** Other work on the machine may slow one of the two measurements; a guard that degrades does so by far more. */
const SLOWER_TIMES = 3;
const SLOWER_MS = 10;
const LONGEST_DRAIN_MS = 15_000;
