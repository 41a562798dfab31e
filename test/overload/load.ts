import type { Priority } from '../../src/call/priority.ts';

/** What callers of one class do. */
export interface ClassLoad {
  readonly priority: Priority;
  /** One for each caller of the class, used in turns. */
  readonly tokens: readonly string[];
  /**
   * Calls a second, whatever becomes of them, or so many callers that call again as soon as they are answered. What falls due
   * while all connections wait for answers is not sent, and counted.
   */
  readonly offered: { readonly perSecond: number; readonly connections: number } | { readonly callers: number };
}

export interface Load {
  readonly url: string;
  /** Milliseconds. */
  readonly forMs: number;
  readonly classes: readonly ClassLoad[];
}

/** What became of the calls of one class. */
export interface ClassResult {
  readonly priority: Priority;
  /** Calls that were answered. */
  readonly answered: number;
  /** Calls that the tool served. */
  readonly served: number;
  /** Calls that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Answers that are neither; the first few of them. */
  readonly wrong: readonly string[];
  /** Calls that fell due while no connection was free. */
  readonly unsent: number;
  /** Milliseconds until a call that was served was answered, of half of them and of 99 %. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly classes: readonly ClassResult[];
}
