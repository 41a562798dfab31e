import type { Operation } from '../call/treatment.ts';
import type { Identity } from '../decision/facts.ts';
import { BriefMap } from '../kit/brief-map.ts';
import type { CountedUsage } from './usage-metrics.ts';

/** More calls than are ever in progress at once; one whose outcome never comes makes room in the end. */
const MAX_CALLS = 65_536;

/** What is counted of an allowed call once its outcome is known. */
export interface OpenCall {
  readonly server: string;
  /** `undefined` for a request that is passed through. */
  readonly method: Operation | undefined;
  readonly tool: string | undefined;
  /** Time from the first check to the recorded answer, milliseconds; `undefined` when it was counted as refused meanwhile. */
  readonly decidedInMs: number | undefined;
  /** When that answer was there, by the monotonic clock. */
  readonly allowedMs: number;
  readonly caller: Identity | undefined;
  /** Whom it asks, where it asks a model. */
  readonly model?: CountedUsage['model'];
}

/** The allowed calls, until their outcome is known: an outcome names only its decision. */
export class OpenCalls {
  readonly #calls = new BriefMap<string, OpenCall>();

  add(decisionId: string, call: OpenCall): void {
    this.#calls.set(decisionId, call);
    if (this.#calls.size <= MAX_CALLS) return;
    for (const oldest of this.#calls.keys()) return void this.#calls.delete(oldest);
  }

  /** The call, which is over now; `undefined` when it is not known. */
  take(decisionId: string): OpenCall | undefined {
    return this.#calls.delete(decisionId);
  }
}
