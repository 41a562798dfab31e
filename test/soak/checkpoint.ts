import { setTimeout } from 'node:timers/promises';
import { readSeries, type Series } from './series.ts';
import type { Memory, ServedProcess } from './served-process.ts';

/** The process after so many requests, at rest. */
export interface Checkpoint extends Memory {
  readonly requests: number;
  /** Resident memory just before garbage was collected. */
  readonly residentBefore: number;
  readonly openFiles: number;
  readonly series: readonly Series[];
  readonly logBytes: number;
}

/** Collects its garbage and says what is left. */
export async function takeCheckpoint(served: ServedProcess, requests: number): Promise<Checkpoint> {
  // Records still on their way to the disk are not a leak.
  await setTimeout(SETTLE_MS);
  const residentBefore = await served.resident();
  const memory = await served.collected();
  // A collection holds the event loop up, for which calls would rightly be refused.
  await setTimeout(SETTLE_MS);
  return {
    requests,
    residentBefore,
    ...memory,
    openFiles: await served.openFiles(),
    series: readSeries(await served.metrics()),
    logBytes: served.log.bytes,
  };
}

const SETTLE_MS = 250;
