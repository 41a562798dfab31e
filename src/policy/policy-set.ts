import type { Target } from '../call/call.ts';
import type { Priority, PriorityRange } from '../call/priority.ts';
import type { ReasonCode } from '../call/reason.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import type { Problem } from '../kit/problem.ts';
import type { Metering } from './count-spec.ts';
import type { FallbackSpec } from './fallback-spec.ts';
import type { LimitSpec } from './limit-spec.ts';

/** What the rules know about who calls, whatever the call is. */
export interface CallerInput {
  /** Claims of the verified token; `undefined` for an anonymous caller. CEL sees an empty object then. */
  readonly token: JsonObject | undefined;
  /** `id`, `kind`, and, where known, `issuer, subject, actor, client_id, spiffe`: all texts. */
  readonly principal: JsonObject;
  /** `certificate_sha256` and `spiffe` of the verified client certificate; empty without one. */
  readonly tls: JsonObject;
  /** The tenant that the caller belongs to, where its issuer says so. Limits count by it. */
  readonly tenant?: string | undefined;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** `txn` of the signed token. CEL sees an empty text when there is none. */
  readonly txn?: string | undefined;
}

/** One call, as the rules see it. */
export interface PolicyInput extends CallerInput {
  readonly server: string;
  /** The MCP method as sent, or the name of the HTTP operation (`call/treatment.ts`). */
  readonly method: string;
  readonly target: Target;
  /** Effects of the pinned tool; empty for anything else. */
  readonly effects: readonly string[];
  readonly args: JsonObject;
  readonly params: JsonObject;
  /** `annotations` of the pinned definition; empty without any. */
  readonly annotations: JsonObject;
  /** Needs no allow rule: lists, sessions, notifications, streams, responses. Deny and require rules still count. */
  readonly housekeeping: boolean;
}

/** A shadow rule that would have changed the answer, with the answer it would have given. */
export interface ShadowDifference {
  readonly rule: string;
  readonly would: 'allow' | 'deny' | 'fault';
}

/** What every decision says, whatever it is. */
export interface DecisionBase {
  /** Enforced rules that matched and had a say, in file order. */
  readonly rules: readonly string[];
  readonly shadow: readonly ShadowDifference[];
  /** Values of the argument paths that matching rules read, by JSON Pointer (RFC 6901). */
  readonly readArguments: ReadonlyMap<string, JsonValue>;
}

/** At least one allow rule holds, every matching requirement holds, no deny rule holds, and nothing errored. */
export interface PolicyAllowed extends DecisionBase {
  readonly kind: 'allowed';
  /** Limits to be taken together before the call may pass. */
  readonly limits: readonly LimitSpec[];
  /** What may stand in for its answer, in file order: the first that has something does. Absent: nothing may. */
  readonly fallbacks?: readonly FallbackSpec[];
  /** What else is counted of the call; absent when nothing is. */
  readonly metering?: Metering;
  /** The class that rules give the call; absent when none does. */
  readonly priority?: Priority;
}

/** The rules refuse, and it is known why. */
export interface PolicyDenied extends DecisionBase {
  readonly kind: 'denied';
  readonly reason: ReasonCode;
  readonly rule?: string;
  /** JSON Pointer into `arguments` of what is at fault. */
  readonly argument?: string;
  /** What would have been allowed there, in words. */
  readonly allowed?: string;
  readonly message?: string;
}

/** A matching rule could not be evaluated: nobody can tell, so the call does not pass. */
export interface PolicyError extends DecisionBase {
  readonly kind: 'error';
  readonly rule: string;
  /** For the operator, never for the caller. */
  readonly message: string;
}

export type PolicyDecision = PolicyAllowed | PolicyDenied | PolicyError;

/** What an entry of a list names. `template` is a URI template of `resources/templates/list` (RFC 6570). */
export type ReachTarget =
  | Extract<Target, { readonly kind: 'tool' | 'prompt' | 'resource' }>
  | { readonly kind: 'template'; readonly template: string };

/** One entry of a list and who would see it. */
export interface ReachInput extends Omit<CallerInput, 'nowMs'> {
  readonly server: string;
  readonly target: ReachTarget;
  readonly effects: readonly string[];
  readonly annotations: JsonObject;
}

/** Whether this caller could ever be allowed to call the entry, with any arguments at any time. */
export type Reach =
  /** It can never be allowed. `because` names the rule or says that there is none; for the record. */
  | { readonly kind: 'never'; readonly because: string }
  /** It may be allowed. `narrow` tightens an input schema and still accepts every allowed set of arguments. */
  | { readonly kind: 'possible'; narrow(inputSchema: JsonObject): JsonObject };

/** All rules, compiled against one catalogue. Immutable. */
export interface PolicySet {
  /** SHA-256 in hex over the RFC 8785 form of all files with the contents of their sets. */
  readonly digest: string;
  /** What lint has to say about rules that can be used. */
  readonly warnings: readonly Problem[];
  /** Answers for one call. A rule that cannot be evaluated is an answer of kind `error`. */
  decide(input: PolicyInput): PolicyDecision;
  /** Answers for one entry of a list. A rule that cannot be evaluated leaves it `possible`. */
  reach(input: ReachInput): Reach;
  /** The classes that calls to a server may have. */
  priorities(server: string): PriorityRange;
}
