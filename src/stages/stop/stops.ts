import type { StopSubject } from '../../decision/stop-gate.ts';

export type { StopSubject } from '../../decision/stop-gate.ts';

/** By what a stop finds the calls that it refuses. */
export const STOP_KINDS = ['agent', 'tool', 'server', 'principal', 'txn', 'jti', 'all'] as const;
export type StopKind = (typeof STOP_KINDS)[number];

/** Something that an operator has stopped (DESIGN §11, the deny-set). */
export interface Stop {
  /** Names the stop, to lift it. */
  readonly id: string;
  readonly kind: StopKind;
  /** What is stopped: `SERVER/TOOL` for a tool, empty for `all`. Opaque, and bounded. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Milliseconds since the epoch; `undefined`: until it is lifted. */
  readonly untilMs?: number;
  /** For operators; callers are not told. */
  readonly why: string;
}

/** What is stopped now: a port, filled by `stores/stops`. */
export interface Stops {
  /** A stop that holds for the subject. */
  find(subject: StopSubject): Stop | undefined;
  /** Calls `act` when a stop begins to hold for the subject, and at once when one does. @returns what ends the watch. */
  watch(subject: StopSubject, act: (stop: Stop) => void): () => void;
  /** Whether the set was read lately: when not, there may be stops that nobody here knows. */
  readonly isKnown: boolean;
}
