import type { ReasonCode } from '../call/reason.ts';
import type { Facts } from './facts.ts';
import type { Refusal } from './verdict.ts';

/** What was put in the place of an answer that cannot be had. */
export interface StoodIn {
  /** The rule that says so. */
  readonly rule: string;
  readonly source: 'static' | 'cached' | 'server';
  /** How old it is, milliseconds; of a cached one. */
  readonly ageMs?: number;
  /** The server that was called instead. */
  readonly server?: string;
}

/** A result that goes out in the place of one that cannot be had. */
export interface StandIn extends StoodIn {
  /** JSON text of the whole result, in which its mark stands. */
  readonly result: string;
}

/** Another server that answers in the place of one that cannot. */
export interface Elsewhere {
  readonly rule: string;
  readonly server: string;
  /** Why the first one could not, for the mark in the result. */
  readonly reason: ReasonCode;
  /** Whether its tool is pinned as one that may be called twice. */
  readonly idempotent?: boolean;
}

/** What a door that carries replies asks for in the place of one. Nothing here throws. */
export interface Fallbacks<F extends Facts = Facts> {
  /** For a call that was refused; `undefined`: it stays refused. */
  refused(refusal: Refusal, known: Partial<F>): StandIn | undefined;
  /** For an allowed call whose tool server failed before it answered, as `reason` says. */
  failed(reason: ReasonCode, facts: F): StandIn | undefined;
  /**
   * The server to call instead, for a door that can: when the rule that comes first and has something names one. `reason` is
   * the breaker's, or how the tool server failed.
   */
  elsewhere(reason: ReasonCode, facts: Pick<F, 'call' | 'identity' | 'target' | 'ruling'>): Elsewhere | undefined;
  /** Whether anything may stand in when the tool server of this call fails. */
  watches(facts: F): boolean;
  /** Hears the whole message with which an allowed call was answered, as its caller got it. */
  keep(message: Uint8Array, facts: F): void;
}

/** Nothing stands in for anything. */
export const NO_FALLBACKS: Fallbacks = {
  refused: () => undefined,
  failed: () => undefined,
  elsewhere: () => undefined,
  watches: () => false,
  keep: () => {},
};
