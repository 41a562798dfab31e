import type { Priority } from '../../call/priority.ts';

/** Where shedding begins and where nothing passes any more, in shares of what there may be (0 … 1). */
export interface Ramp {
  readonly from: number;
  readonly full: number;
}

/** How a measure of load sheds each class; one that is `undefined` is never shed for it. */
export type Ramps = Readonly<Record<Priority, Ramp | undefined>>;

/** By how late the event loop is: long before a call in progress is slow for it, what nobody waits for is shed. */
export const LATE: Ramps = {
  speculative: { from: 0.1, full: 0.3 },
  batch: { from: 0.25, full: 0.5 },
  interactive: { from: 0.75, full: 1 },
};

/** By how many of a server's connections are taken. Only interactive calls ever wait for one. */
export const BUSY: Ramps = {
  speculative: { from: 0.5, full: 0.75 },
  batch: { from: 0.75, full: 1 },
  interactive: undefined,
};

/** By how many places are taken. The last quarter is for interactive calls, which are refused only when there is none left. */
export const FULL: Ramps = {
  speculative: { from: 0.3, full: 0.5 },
  batch: { from: 0.5, full: 0.75 },
  interactive: undefined,
};

/** How far below its beginning a ramp ends once it sheds: what hovers about the beginning is not shed in turns. */
export const HYSTERESIS = 0.05;

/** The share of calls to shed at `load`, 0 … 1. Rises linearly, so that the load settles where as much comes in as goes out. */
export function shareShed(load: number, { from, full }: Ramp): number {
  return Math.min(1, Math.max(0, (load - from) / (full - from)));
}

/** The ramps of one measure, with what hysteresis must remember of it. */
export class SheddingGate {
  readonly #ramps: Ramps;
  readonly #sheds = new Set<Priority>();

  constructor(ramps: Ramps) {
    this.#ramps = ramps;
  }

  /** The share of calls of a class to shed at `load`, 0 … 1. */
  share(priority: Priority, load: number): number {
    const ramp = this.#ramps[priority];
    if (ramp === undefined) return 0;
    const from = this.#sheds.has(priority) ? ramp.from - HYSTERESIS : ramp.from;
    const share = shareShed(load, { from, full: ramp.full });
    if (share > 0) this.#sheds.add(priority);
    else this.#sheds.delete(priority);
    return share;
  }
}
