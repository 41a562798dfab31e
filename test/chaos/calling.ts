import { setTimeout as pause } from 'node:timers/promises';
import type { LoadUpstream } from '../envoy/load/load-upstream.ts';
import type { LoadAnswer } from '../envoy/load/call-load.ts';
import type { Answers } from './answers.ts';
import { Callers } from './callers.ts';
import { SERVERS, type Stage } from './stage.ts';
import type { AtRest } from './trial-report.ts';

/** Calls of the second server have ids of their own. */
export const IDS_EACH = 1_000_000;

/** Callers of each server; all answers are told. */
export function openCallers(stage: Stage, answers: Answers): readonly Callers[] {
  return SERVERS.map((server, index) => {
    const onAnswer = (answer: LoadAnswer): void => answers.add({ ...answer, server });
    return new Callers({ url: stage.urlOf(server), firstId: index * IDS_EACH + 1, onAnswer });
  });
}

/** Does it while each server is called so many times a second. */
export async function whileCalled<T>(
  callers: readonly Callers[],
  perSecond: number,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const calling = callers.map((one) => one.callAtRate(perSecond, stop.signal));
  try {
    return await work();
  } finally {
    stop.abort();
    await Promise.all(calling);
  }
}

/** Connections come and go a little. */
export const SPARE_FILES = 4;
/** Whatever is closed is closed by then. */
const LEAVING_MS = 10_000;
const LOOK_MS = 20;

/**
 * Has the callers and idle connections go, and looks at the process: at once, or when it has no more than `files` open; those it
 * has after a while are left for good.
 */
export async function rest(
  { served }: Stage,
  upstream: LoadUpstream,
  callers: readonly Callers[],
  files = Infinity,
): Promise<AtRest> {
  for (const one of callers) one[Symbol.dispose]();
  const { heapUsed, external } = await served.collected();
  const lastMs = performance.now() + LEAVING_MS;
  let openFiles = Infinity;
  do {
    upstream.closeIdle();
    await pause(LOOK_MS);
    openFiles = await served.openFiles();
  } while (openFiles > files + SPARE_FILES && performance.now() < lastMs);
  return { openFiles, heap: heapUsed + external };
}
