import type { Call } from '../call/call.ts';
import type { BodyEdit } from '../call/edit-body.ts';
import type { Elsewhere } from './stand-in.ts';
import type { JsonValue } from '../kit/json.ts';
import type { Quota } from './quota.ts';

/** Who is calling (check 3). What the record keeps of it. */
export interface Identity {
  readonly kind: 'token' | 'anonymous';
  /** One stable text that names the caller: what sessions are bound to and limits count by. */
  readonly principal: string;
  readonly issuer?: string;
  readonly subject?: string;
  /** `act.sub`: the agent that acts for the subject (RFC 8693 §4.1). */
  readonly actor?: string;
  readonly clientId?: string;
  readonly spiffeId?: string;
  readonly certificateSha256?: string;
  /** `jti`. */
  readonly tokenId?: string;
  /** `txn`. */
  readonly transaction?: string;
  /** The tenant that the issuer says the caller is of. */
  readonly tenant?: string;
  /** When the credential ends, milliseconds since the epoch: streams end then too. */
  readonly expiresAtMs?: number;
  /** Aborts when the credential is revoked; an open stream ends with it. */
  readonly revoked?: AbortSignal;
  /** Aborts when the key that vouches for the credential is withdrawn; an open stream ends with it. */
  readonly withdrawn?: AbortSignal;
}

/** The server-side names in the call, unsealed for this caller (session, task, state). */
export interface Handles {
  /** What the upstream calls the session; absent without one. */
  readonly upstreamSession?: string;
  /** Must-edits on the forwarded body. */
  readonly edits: readonly BodyEdit[];
  /** Header fields that the forwarded request must carry instead of the received ones, lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What the credential covers of this call (check 4). */
export interface Grant {
  readonly kind: 'token' | 'none';
}

/** The pinned definition (check 5), or that this kind of call has none. */
export interface PinnedTarget {
  readonly kind: 'tool' | 'not-a-tool';
  readonly name?: string;
  /** SHA-256 in hex over RFC 8785 of the pinned definition. */
  readonly pin?: string;
  readonly effects?: readonly string[];
  /** Whether the same call twice has the effect of once. Absent: it is not known to have. */
  readonly idempotent?: boolean;
  readonly durability?: 'strict' | 'bounded' | 'best_effort';
}

/** What the rules said (check 6). */
export interface Ruling {
  /** Rules that matched and had a say, in order. */
  readonly rules: readonly string[];
  /** Shadow rules that would have changed the answer, with the answer they would have given. */
  readonly shadow: readonly { readonly rule: string; readonly would: 'allow' | 'deny' | 'fault' }[];
  /** The values of the argument paths that loaded rules read, by JSON Pointer: for replay. */
  readonly readArguments: ReadonlyMap<string, JsonValue>;
  readonly policyDigest: string;
  readonly catalogueDigest: string;
  /** Names of the limits that a matching rule asks for. */
  readonly limits: readonly string[];
  /** Whether its reply has to be seen, because something may stand in for one, or is kept of it. Absent: it has not. */
  readonly needsReply?: boolean;
}

/** Whether a person had to agree (check 7). */
export type Approval = { readonly kind: 'not-required' };

/** Room upstream (check 8). */
export interface Permit {
  readonly kind: 'granted';
  /** The server to which the call goes in the place of the one that it names. Absent: to that one. */
  readonly instead?: Elsewhere;
}

/** What was taken from limits (check 9). */
export interface Reservation {
  /** What the caller may be told of what is left; absent: nothing. */
  readonly quotas?: readonly Quota[];
  readonly taken: readonly { readonly limit: string; readonly cost: number; readonly remaining: number }[];
  /** The reply says what the call cost, so it has to be judged. */
  readonly readsReply?: true;
  /** What another instance needs to settle it, where one can. Opaque. */
  readonly portable?: string;
}

/** What the upstream will be shown instead of the caller's credential (check 10). */
export type UpstreamCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

/** Single-use things that were spent (check 11). */
export interface Consumed {
  readonly approvals: number;
}

/** Everything that has been established about a call that may pass. Complete, or there is no `Cleared`. */
export interface Facts {
  readonly call: Call;
  readonly identity: Identity;
  readonly handles: Handles;
  readonly grant: Grant;
  readonly target: PinnedTarget;
  readonly ruling: Ruling;
  readonly approval: Approval;
  readonly permit: Permit;
  readonly reservation: Reservation;
  readonly credential: UpstreamCredential;
  readonly consumed: Consumed;
}
