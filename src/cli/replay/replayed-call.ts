import type { ReasonCode } from '../../call/reason.ts';
import type { RefusalDetail } from '../../decision/verdict.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';

/** A recorded `tools/call`, with what is known of its arguments and its answer. */
export interface ReplayedCall {
  readonly decisionId: string;
  readonly tool: string;
  readonly args: KnownArguments;
  readonly answer: RecordedAnswer;
}

/** What can still be told of arguments. */
export type KnownArguments =
  /** `omitted`: where the value is `(omitted)`, something stood that is never kept. */
  | { readonly kind: 'value'; readonly value: JsonValue; readonly omitted: boolean }
  /** SHA-256 in hex over RFC 8785 of all of them, and the values that rules read, by JSON Pointer. */
  | { readonly kind: 'digest'; readonly sha256: string; readonly values: ReadonlyMap<string, JsonValue> }
  /** Any arguments are taken for those. */
  | { readonly kind: 'unknown' };

/** What a call is answered with again. */
export type RecordedAnswer =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data: JsonValue | undefined }
  | { readonly kind: 'refused'; readonly reason: ReasonCode; readonly detail: RefusalDetail }
  /** There is no answer, and why, as the end of the sentence “the recorded call …”. */
  | { readonly kind: 'none'; readonly why: string };
