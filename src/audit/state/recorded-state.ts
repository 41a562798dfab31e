/**
 * What the record says of an instance as it was when one of its records was written. Names are those of the printed JSON.
 *
 * @module
 */

/** Where something is told: the record's number, and when it was written (RFC 3339). */
export interface Told {
  readonly record: number;
  readonly time: string;
}

/** A digest that calls were decided with. */
export interface DigestState extends Told {
  readonly sha256: string;
  /** The first record that names it without another one in between. */
  readonly since_record: number;
}

export interface PolicyState extends DigestState {
  /** Rules that had a say in a call since then, in the order of their names. Others are not named by the record. */
  readonly rules_seen: readonly string[];
}

/** A limit, as the last call left it that took something from it. */
export interface LimitState extends Told {
  readonly limit: string;
  /** Who called: limits may count each caller apart. */
  readonly caller?: string;
  readonly cost: number;
  readonly remaining: number;
  /** The record of a later call that it refused. */
  readonly refused_at?: number;
}

export interface BreakerState {
  readonly server: string;
  /** Absent: of all tools of the server. */
  readonly tool?: string;
  /** What an operator set last. */
  readonly set?: Told & { readonly state: string; readonly was: string; readonly why: string };
  /** What it last did to a call. `let_through` only after it had refused one. */
  readonly seen?: Told & { readonly did: 'refused' | 'let_through' };
}

/** Something that an operator ordered and that was in force. */
export interface OrderState extends Told {
  readonly id?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly state?: string;
  readonly until?: string;
  readonly why: string;
}

/** Calls that had been let through and were not over. */
export interface OpenCallsState {
  readonly server: string;
  readonly tool?: string;
  readonly calls: number;
}

export interface RecordedState extends Told {
  readonly source: string;
  /** Absent: no rule was asked before. */
  readonly policy?: PolicyState;
  readonly catalogue?: DigestState;
  readonly bundle?: OrderState;
  readonly limits: readonly LimitState[];
  readonly limit_orders: readonly OrderState[];
  readonly stops: readonly OrderState[];
  readonly log_levels: readonly OrderState[];
  readonly breakers: readonly BreakerState[];
  readonly in_progress: readonly OpenCallsState[];
  /** What the record does not tell, in sentences. */
  readonly unknown: readonly string[];
}
