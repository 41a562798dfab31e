import type { JsonObject } from '../kit/json.ts';
import type { FieldClasses } from './field-classes.ts';
import type { Operation, Treatment } from './treatment.ts';
import type { HeaderList, Peer } from './received.ts';

/** `legacy`: `initialize` and sessions, 2024-11-05 … 2025-11-25. `modern`: self-describing requests, 2026-07-28. */
export type Era = 'legacy' | 'modern';

/** The MCP specification revisions that are read, oldest first. */
export const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** A JSON-RPC id: a string or an integer that a double holds exactly. */
export type RequestId = string | number;

/** What a call acts on, by the name the tool server knows. */
export type Target =
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'prompt'; readonly name: string }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'task'; readonly id: string }
  | { readonly kind: 'none' };

/** Half-open range of byte offsets in a body: where a value's text begins and ends. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What kind of exchange this is. Only `request` has an id and gets a JSON-RPC answer. */
export type CallKind = 'request' | 'notification' | 'response' | 'open-stream' | 'end-session';

/**
 * One unambiguous MCP call: what every conforming parser reads in these bytes (DESIGN §4).
 *
 * Only `call/read-call.ts` makes one. The bytes that were judged are the bytes that are forwarded: `body` is the received
 * buffer, and `spanOf` finds the text of a value in it, for edits.
 */
export interface Call {
  readonly decisionId: string;
  readonly server: string;
  readonly era: Era;
  readonly revision: Revision;
  readonly kind: CallKind;
  /** The MCP method, one of the treated ones; `extension` for a method on the server's allow-list; HTTP operations by name. */
  readonly operation: Operation;
  readonly treatment: Treatment;
  /** The method as sent. Differs from `operation` only for `extension`; empty for responses and HTTP operations. */
  readonly method: string;
  readonly id: RequestId | undefined;
  readonly target: Target;
  /** `params`, empty when absent. */
  readonly params: JsonObject;
  /** `params.arguments` of `tools/call` and `prompts/get`, empty when absent. */
  readonly args: JsonObject;
  /** What may become of `args`; absent where all of them are plain. */
  readonly classes?: FieldClasses | undefined;
  /** `result` of a client's response, empty for everything else. */
  readonly result: JsonObject;
  /** SHA-256 in hex over RFC 8785 of `args`: what the record and bound proofs name. Computed on first use. */
  argsDigest(): string;
  readonly body: Uint8Array;
  /** Where the value at `path` (member names and array indexes) stands in `body`; `undefined` when it is not there. */
  spanOf(path: readonly (string | number)[]): Span | undefined;
  readonly headers: HeaderList;
  readonly peer: Peer;
  readonly receivedAtMs: number;
}
