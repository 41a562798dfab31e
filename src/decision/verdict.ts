import type { Era, RequestId } from '../call/call.ts';
import type { ReasonCode } from '../call/reason.ts';
import type { Facts, Ruling } from './facts.ts';
import type { Quota } from './quota.ts';
import type { StandIn } from './stand-in.ts';

/** The checks of `decide()` in their order (DESIGN §3). Also the label under which a refusal is counted. */
export const STAGES = [
  'admit',
  'read',
  'authenticate',
  'handles',
  'capability',
  'tool',
  'policy',
  'approval',
  'availability',
  'limit',
  'credential',
  'consume',
  'record',
] as const;
export type StageName = (typeof STAGES)[number];

/** What the agent is told. Nothing here may help an attacker or repeat a secret. */
export interface RefusalDetail {
  /** Sentence for the agent or its model, beyond the reason's own text. */
  readonly message?: string;
  /** The rule that refused. */
  readonly rule?: string;
  /** The argument that was at fault, as a JSON Pointer into `arguments` (RFC 6901). */
  readonly argument?: string;
  /** What would have been allowed there, in words. */
  readonly allowed?: string;
  /** Milliseconds until a retry can succeed. */
  readonly retryAfterMs?: number;
  /** What is left of the limit that refused, where its caller may be told. */
  readonly quotas?: readonly Quota[];
}

/** What could be made out of a message that was refused while it was read: it shapes the answer, nothing else. */
export interface Misread {
  readonly era: Era;
  /** Only when the id itself was sound. */
  readonly id?: RequestId;
}

/** The call is refused, and it is known why. */
export interface Deny {
  readonly kind: 'deny';
  readonly stage: StageName;
  readonly reason: ReasonCode;
  readonly detail: RefusalDetail;
  /** Set by the check `read`, whose refusals come before there is a `Call`. */
  readonly misread?: Misread;
  /** For the record and the operator only: never sent. */
  readonly operatorDetail?: string;
  /** What the rules said when it was they who refused: for the record, which a replay needs. */
  readonly ruling?: Ruling;
  /** What goes out instead, because a rule says so. The call stays refused. */
  readonly standIn?: StandIn;
}

/** The call waits for a person (check 7). No check of this release answers it. */
export interface Hold {
  readonly kind: 'hold';
  readonly stage: StageName;
  readonly reason: ReasonCode;
  readonly detail: RefusalDetail;
  readonly operatorDetail?: string;
  readonly ruling?: Ruling;
}

/** It could not be told whether the call is allowed: a throw, a timeout, an abort. Refused with 503, counted apart. */
export interface Fault {
  readonly kind: 'fault';
  readonly stage: StageName;
  readonly reason: ReasonCode;
  readonly detail: RefusalDetail;
  readonly operatorDetail?: string;
  readonly ruling?: Ruling;
  /** What was thrown. For the log only. */
  readonly cause?: unknown;
}

/** Any answer that is not permission. */
export type Refusal = Deny | Hold | Fault;

/** A check finds its piece of the evidence or stops the call. It has no word for allow. */
export type Found<T> = { readonly kind: 'found'; readonly value: T } | Deny | Hold | Fault;

/** All checks passed; nothing is recorded yet. Only `record()` turns it into an `Allow`. */
export interface Cleared<F extends Facts = Facts> {
  readonly kind: 'cleared';
  readonly facts: F;
}

/** What `evaluate()` answers when all checks passed. No door that carries bytes accepts it. */
export interface WouldAllow<F extends Facts = Facts> {
  readonly kind: 'would-allow';
  /** What the pure checks established. */
  readonly facts: Pick<F, 'call' | 'identity' | 'grant' | 'target' | 'ruling'>;
}

/** Wraps what a check found. */
export function found<T>(value: T): { readonly kind: 'found'; readonly value: T } {
  return { kind: 'found', value };
}

/** A denial by `stage` for `reason`. */
export function deny(stage: StageName, reason: ReasonCode, detail: RefusalDetail = {}, operatorDetail?: string): Deny {
  return { kind: 'deny', stage, reason, detail, ...(operatorDetail === undefined ? {} : { operatorDetail }) };
}

/** A fault in `stage`: it could not be told. `cause` goes to the log, never to the caller. */
export function fault(stage: StageName, reason: ReasonCode, cause?: unknown): Fault {
  const operatorDetail = cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined;
  return {
    kind: 'fault',
    stage,
    reason,
    detail: {},
    cause,
    ...(operatorDetail === undefined ? {} : { operatorDetail }),
  };
}
