/**
 * What the records look like: CloudEvents 1.0 in structured JSON (DESIGN §8).
 *
 * Members stand in the order of RFC 8785, which is also the order in which `write-record.ts` writes them. An optional
 * member is absent when there is nothing to say. A type's version grows when a member changes its meaning; new members
 * come without notice.
 *
 * @module
 */

export const RECORD_TYPES = {
  intent: 'dev.sallyport.call.intent.v1',
  outcome: 'dev.sallyport.call.outcome.v1',
  refusal: 'dev.sallyport.call.refusal.v1',
  refusals: 'dev.sallyport.call.refusals.v1',
  passthrough: 'dev.sallyport.http.passthrough.v1',
  operator: 'dev.sallyport.operator.action.v1',
  gap: 'dev.sallyport.log.gap.v1',
  recovery: 'dev.sallyport.log.recovery.v1',
} as const;
export type RecordKind = keyof typeof RECORD_TYPES;
export type RecordType = (typeof RECORD_TYPES)[RecordKind];

/** The envelope of every record. */
export interface AuditRecord<D = unknown> {
  readonly data: D;
  readonly datacontenttype: 'application/json';
  /** Unique within `source`. */
  readonly id: string;
  /** Position in the log, 16 decimal digits, one more than the record before; no number is ever missing. */
  readonly sequence: string;
  /** The instance that wrote it. */
  readonly source: string;
  readonly specversion: '1.0';
  /** When it was written, RFC 3339 in UTC. */
  readonly time: string;
  /** The span of the call (CloudEvents extension Distributed Tracing); only where calls are traced. */
  readonly traceparent?: string;
  readonly type: RecordType;
}

/** Who called, as the credential proved it. The credential itself is never recorded. */
export interface CallerData {
  readonly actor?: string;
  readonly certificate_sha256?: string;
  readonly client_id?: string;
  readonly expires_at?: string;
  readonly issuer?: string;
  readonly kind: 'token' | 'anonymous';
  readonly principal: string;
  readonly spiffe_id?: string;
  readonly subject?: string;
  /** The tenant that the issuer says the caller is of. */
  readonly tenant?: string;
  readonly token_id?: string;
  readonly transaction?: string;
}

/** What the call acts on. Hostile until the call was allowed. */
export interface TargetData {
  readonly kind: string;
  readonly name?: string;
}

/** What is known of a call that could be read. */
export interface CallData {
  /** Names of all arguments, sorted; absent where there are none, more than 64, or one that is not plain. */
  readonly argument_names?: readonly string[];
  /** Values of the argument paths that loaded rules read, by JSON Pointer. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** Read by rules, but too long to record or masked: with these a replay of the decision is indeterminate. */
  readonly arguments_omitted?: Readonly<Record<string, OmittedArgument>>;
  /** That the arguments are kept in the payload vault. */
  readonly arguments_payload?: PayloadData;
  /**
   * SHA-256 over RFC 8785 of all arguments, where all are plain. Absent where they are kept in the payload vault: it would tell what was
   * shredded there.
   */
  readonly arguments_sha256?: string;
  /** Where one of them is not plain: a digest that nobody can guess at who does not have the instance's key. */
  readonly arguments_sha256_keyed?: string;
  readonly caller?: CallerData;
  readonly catalogue_sha256?: string;
  readonly decision_id: string;
  readonly era?: string;
  readonly kind?: string;
  readonly method?: string;
  readonly operation?: string;
  readonly peer: { readonly address: string };
  readonly policy_sha256?: string;
  readonly received_at: string;
  readonly revision?: string;
  /** Ids of the rules that matched and had a say. */
  readonly rules?: readonly string[];
  readonly server: string;
  /** Names the legacy session without being one. */
  readonly session_sha256?: string;
  readonly shadow?: readonly { readonly rule: string; readonly would: string }[];
  readonly target?: TargetData;
  readonly tool?: { readonly durability?: string; readonly effects?: readonly string[]; readonly pin_sha256?: string };
}

/** What is kept of arguments or a reply in the payload vault, without saying what they are. */
export interface PayloadData {
  readonly bytes: number;
  /** SHA-256 in hex over random bytes, which are in the vault only, and the payload. */
  readonly commitment?: string;
  readonly kept: 'whole' | 'too_long' | 'no' | 'unseen';
}

export interface OmittedArgument {
  readonly bytes?: number;
  /** Of a masked value. */
  readonly class?: 'secret' | 'pii';
  /** Of a masked value that is no secret: the same for the same value in every record of the instance. */
  readonly pseudonym?: string;
  readonly sha256?: string;
  readonly why: 'length' | 'masked';
}

/** The call is allowed and about to be forwarded. */
export interface IntentData extends CallData {
  /** How the upstream is authenticated to; never with what. */
  readonly credential: string;
  /** That another server is called, because the breaker of this one is open. */
  readonly fallback?: FallbackData;
  readonly grant: string;
  /** What was taken from limits, and what was left. */
  readonly limits: readonly { readonly cost: number; readonly limit: string; readonly remaining: number }[];
  readonly verdict: 'allow';
}

/** The call was refused. */
export interface RefusalData extends CallData {
  /** What would have been allowed, in words. */
  readonly allowed?: string;
  /** The argument at fault, as a JSON Pointer. */
  readonly argument?: string;
  readonly body_bytes: number;
  /** What went out instead of the refusal. */
  readonly fallback?: FallbackData;
  readonly http_method: string;
  /** What the caller was told beyond the reason's own text. */
  readonly message?: string;
  /** For the operator only; never sent. */
  readonly operator_detail?: string;
  readonly reason: string;
  readonly retry_after_ms?: number;
  /** The rule that refused. */
  readonly rule?: string;
  readonly stage: string;
  readonly verdict: 'deny' | 'hold' | 'fault';
}

/** A result that stood in for one that could not be had. */
export interface FallbackData {
  /** Of a result that was kept: how old it was. */
  readonly age_ms?: number;
  readonly rule: string;
  /** The server that was called instead. */
  readonly server?: string;
  readonly source: 'static' | 'cached' | 'server';
}

/** What became of an allowed call. */
export interface OutcomeData {
  /** How often the tool server was tried; absent: once. */
  readonly attempts?: number;
  /** What the reply says that the call cost, by the rules that ask for it. */
  readonly costs?: readonly { readonly cost: number; readonly rule: string }[];
  readonly decision_id: string;
  readonly duration_ms: number;
  /** What went out instead of the tool server's answer. */
  readonly fallback?: FallbackData;
  readonly http_status?: number;
  readonly kind: string;
  readonly operator_detail?: string;
  readonly reply_bytes: number;
  /** That the reply is kept in the payload vault. */
  readonly reply_payload?: PayloadData;
  readonly rpc_error_code?: number;
  /** Tokens that the reply of a model says were used, each once. */
  readonly tokens?: {
    readonly cache_read: number;
    readonly cache_write: number;
    readonly input: number;
    readonly output: number;
  };
  readonly tool_error?: boolean;
}

/** A request on a `passthrough:` route is about to be forwarded without being judged. Its outcome follows like a call's. */
export interface PassthroughData {
  readonly caller?: CallerData;
  readonly decision_id: string;
  readonly http_method: string;
  readonly path: string;
  readonly peer: { readonly address: string };
  readonly received_at: string;
  /** Name of the route in the configuration. */
  readonly route: string;
}

/** What an operator changed in a running instance. */
export type OperatorData = BreakerActionData | BudgetActionData | OrderActionData;

export interface BreakerActionData {
  readonly action: 'breaker.set';
  readonly server: string;
  readonly state: string;
  readonly tool?: string;
  readonly was: string;
  readonly why: string;
}

/**
 * A stop, a limit that counts otherwise for a while, a part of the log that says more or less, rules of another bundle, or keys of
 * payloads that were deleted.
 */
export interface OrderActionData {
  readonly action:
    | 'stop.set'
    | 'stop.lift'
    | 'limit.set'
    | 'limit.reset'
    | 'log-level.set'
    | 'policy-bundle.set'
    | 'payloads.shred';
  /** Names the order; of a bundle, the SHA-256 of its manifest. */
  readonly id?: string;
  /** By what a stop finds calls. */
  readonly kind?: string;
  /** Which calls, which rule, which part of the log, or which bundle. */
  readonly name?: string;
  /** How the limit counts, the level, or the revision. */
  readonly state?: string;
  /** When it ends by itself, RFC 3339 in UTC. */
  readonly until?: string;
  readonly was?: string;
  readonly why: string;
}

export interface BudgetActionData {
  readonly action: 'budget.grant' | 'budget.reset';
  /** How much was given back. */
  readonly amount?: number;
  /** Which of its budgets, and whose. */
  readonly budget: string;
  readonly kind: string;
  /** The rule, `token` or `txn`. */
  readonly name: string;
  /** What had been used up. */
  readonly was: number;
  readonly why: string;
}

/** Refusals beyond their share of the log, counted by caller and reason. */
export interface RefusalsData {
  readonly counts: readonly RefusalCount[];
  readonly since: string;
  readonly until: string;
}

export interface RefusalCount {
  /** Absent: the caller was not known, or there were too many callers to count apart. */
  readonly caller?: string;
  readonly count: number;
  readonly reason: string;
}

/** Records that should stand here and could not be written. */
export interface GapData {
  readonly lost: Readonly<Record<string, number>>;
  readonly since: string;
  readonly until: string;
  readonly why: string;
}

/** What was found wrong with the log at start, and what was done about it. */
export interface RecoveryData {
  readonly bytes: number;
  readonly did: 'cut' | 'set_aside';
  /** `missing`: fewer records were there than had been signed; `offset` is then the number of the last that was. */
  readonly found: 'torn' | 'damaged' | 'missing';
  readonly offset: number;
  /** How many records are missing. */
  readonly records?: number;
  readonly segment: string;
}
