import { EMPTY_OBJECT, type JsonObject } from '../kit/json.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import type { Call, Span } from './call.ts';
import type { JsonPath } from './find-span.ts';
import type { Received } from './received.ts';

/** What was read, before it is joined with the exchange it came in. */
export type CallFacts = Pick<
  Call,
  | 'era'
  | 'revision'
  | 'kind'
  | 'operation'
  | 'treatment'
  | 'method'
  | 'id'
  | 'target'
  | 'params'
  | 'args'
  | 'classes'
  | 'result'
>;

/** Joins what was read with the exchange. `spanOf` finds values in the body. */
export function makeCall(received: Received, facts: CallFacts, spanOf: (path: JsonPath) => Span | undefined): Call {
  let digest: string | undefined;
  return {
    decisionId: received.decisionId,
    server: received.server,
    ...facts,
    argsDigest: () => (digest ??= digestOf(facts.args)),
    body: received.body ?? new Uint8Array(),
    spanOf,
    headers: received.headers,
    peer: received.peer,
    receivedAtMs: received.receivedAtMs,
  };
}

function digestOf(args: JsonObject): string {
  return sha256Hex(canonicalJson(args));
}

/** The facts of an exchange that carries no message. */
export function withoutMessage(
  facts: Pick<CallFacts, 'era' | 'revision' | 'kind' | 'operation' | 'treatment'>,
): CallFacts {
  return {
    ...facts,
    method: '',
    id: undefined,
    target: { kind: 'none' },
    params: EMPTY_OBJECT,
    args: EMPTY_OBJECT,
    result: EMPTY_OBJECT,
  };
}
