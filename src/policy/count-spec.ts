/**
 * Something of which there is only so much: how many calls may be under way at once, or a budget of calls or of cost.
 *
 * Equal keys of one kind are the same thing, whoever asks for it.
 */
export interface CountScope {
  /** `concurrent`: given back when the call is over. `calls`, `cost`: a budget, used up for good. */
  readonly kind: 'concurrent' | 'calls' | 'cost';
  /** Opaque. */
  readonly key: string;
  /** The tenant that it lies in; `undefined` when callers of several tenants may share it. Opaque. */
  readonly tenant: string | undefined;
}

/** What one call asks of such a thing, before it may pass. */
export interface CountSpec extends CountScope {
  /** Who asks for it: a rule, or `token`, `txn`. Its name in answers and records. */
  readonly name: string;
  /** The most there may be, 1 … 2^40. */
  readonly most: number;
  /** What the call takes of it, ≥ 0; for `cost` an estimate. */
  readonly amount: number;
  /** What a cost is counted in; `undefined` for the other kinds. */
  readonly unit?: string;
  /**
   * `rule`: what it was told last counts, and a budget begins anew `lastsMs` after its first call. `token`: the least that any
   * token ever said counts, so that none can be wider than its parent, and a budget is kept for `lastsMs` after its last call.
   */
  readonly of: 'rule' | 'token';
  /** Milliseconds. Of no meaning for `concurrent`. */
  readonly lastsMs: number;
  /** When what was used of it can have begun, milliseconds since the epoch; `undefined` when nobody can tell. */
  readonly sinceMs: number | undefined;
  readonly whenStoreLost: 'closed' | 'local' | 'open';
  /** What the rule tells an agent that is refused. */
  readonly message?: string;
}

/** What calls cost in one unit, as a rule says. */
export interface Price {
  /** The rule that says so. */
  readonly name: string;
  readonly unit: string;
  /** What is reserved, and what counts when the reply says nothing. ≥ 0. */
  readonly estimate: number;
  /** Where the reply says what the call really cost; absent when it cost what was reserved. */
  readonly reply?: ReplyPrice;
}

/** `result`: a JSON Pointer into the structured result of a tool. `meta`: a member of the result's `_meta`. */
export type ReplyPrice =
  | { readonly kind: 'result'; readonly pointer: string }
  | { readonly kind: 'meta'; readonly member: string };

/** What rules say of a call beyond limits of its rate. */
export interface Metering {
  /** Their `amount` is 0 for costs: what a call costs is known when all rules have been asked. */
  readonly counts: readonly CountSpec[];
  /** They add up. */
  readonly prices: readonly Price[];
}
