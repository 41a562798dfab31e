import type { Checkpoint } from '../checkpoint.ts';
import { type Claim, megabytes } from '../claim.ts';
import { growthOver } from '../growth.ts';
import { completesAll } from './answer-claims.ts';
import { hasIntents, hasOutcomes } from './record-claims.ts';
import type { CallsOptions, CallsReport } from './run-calls.ts';

export interface MemoryLimits {
  /** Over how many calls memory may grow by so much. */
  readonly calls: number;
  /** Growth of heap and buffers after a collection of garbage, bytes. */
  readonly heap: number;
  /** Growth of the resident memory after it, bytes. */
  readonly resident: number;
}

/**
 * What is promised of many calls through Envoy, held against a report.
 *
 * @param limits Of memory, where the calls are enough to say something about it.
 */
export function callsClaims(report: CallsReport, limits?: MemoryLimits): Claim[] {
  const { options, tally, received, decisions } = report;
  return [
    completesAll(tally, options.warmUp + options.calls),
    ...streamClaims(report),
    hasIntents(received, decisions),
    hasOutcomes(decisions),
    ...(limits === undefined ? [] : memoryClaims(report, limits)),
    ...restClaims(report),
  ];
}

/** One for each call whose reply, or whose request, is judged by a stream. */
export function streamsOf({ wiring, kind, warmUp, calls }: CallsOptions): number {
  return wiring === 'inspect' || kind === 'list' ? warmUp + calls : 0;
}

function streamClaims({ options, envoy }: CallsReport): Claim[] {
  const streams = streamsOf(options);
  const reset = options.closing === 'default' ? streams : 0;
  const { started, closed, failed, connections, broken } = envoy;
  return [
    {
      text: streams === 0 ? 'opens no stream of ext_proc' : 'opens one stream of ext_proc for each, and none fails',
      holds: started === streams && closed === streams && failed === 0,
      found: `${started} started, ${closed} closed, ${failed} failed`,
    },
    {
      text: reset === 0 ? 'has no stream reset by Envoy' : 'has each stream ended by Envoy with a reset',
      holds: envoy.reset === reset,
      found: `${envoy.reset} resets`,
    },
    {
      text: 'has no connection of Envoy’s broken',
      holds: broken === 0 && connections === options.workers,
      found: `${connections} made by ${options.workers} threads, ${broken} broken`,
    },
  ];
}

function memoryClaims({ checkpoints }: CallsReport, { calls, heap, resident }: MemoryLimits): Claim[] {
  const grownHeap = growthOf(checkpoints, calls, ({ heapUsed, external }) => heapUsed + external);
  const grownResident = growthOf(checkpoints, calls, ({ rss }) => rss);
  return [
    {
      text: `keeps at most ${megabytes(heap)} of heap and buffers of ${calls} calls`,
      holds: grownHeap <= heap,
      found: megabytes(grownHeap),
    },
    {
      text: `grows by at most ${megabytes(resident)} of resident memory in ${calls} calls`,
      holds: grownResident <= resident,
      found: megabytes(grownResident),
    },
  ];
}

/** Connections of the operator's side come and go. */
const SPARE_FILES = 2;

function restClaims({ checkpoints, exitCode, drainMs }: CallsReport): Claim[] {
  const [first, last] = [checkpoints[0], checkpoints.at(-1)].map((one) => one?.openFiles ?? Number.NaN);
  return [
    {
      text: 'leaves no file or connection open',
      holds: Number(last) <= Number(first) + SPARE_FILES,
      found: `${first} after the warm-up, ${last} at the end`,
    },
    {
      text: 'then drains and ends with 0',
      holds: exitCode === 0,
      found: `exit code ${exitCode} after ${drainMs.toFixed(0)} ms`,
    },
  ];
}

function growthOf(
  checkpoints: readonly Checkpoint[],
  calls: number,
  bytes: (checkpoint: Checkpoint) => number,
): number {
  return growthOver(
    calls,
    checkpoints.map((one) => ({ requests: one.requests, bytes: bytes(one) })),
  );
}
