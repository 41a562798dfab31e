import type { HeaderList } from '../../call/received.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Reply } from '../refusal/reply.ts';
import type { HeaderMutations } from '../envoy/header-mutations.ts';
import type { ReplyCourse } from './reply-course.ts';
import { writeDenied, writeOk } from './write-check-response.ts';

/** What an allow tells Envoy. */
export interface AllowAnswer {
  readonly decisionId: string;
  readonly mutations: HeaderMutations;
  /** Response headers that take the place of the tool server's of the same name, where it sends one. */
  readonly shown: HeaderList;
  /** Response headers that the agent gets whatever the tool server sends. */
  readonly told: HeaderList;
  readonly reply: ReplyCourse;
  /** By what name ext_proc claims the exchange; `undefined` on `pass`. */
  readonly hold: string | undefined;
  /** What the call reserved, for an instance that is told of it and did not allow it; `undefined` when nothing. */
  readonly reserved: string | undefined;
}

/**
 * The CheckResponse that lets a request pass, for an allowed call only.
 *
 * @throws RangeError when a header could not be sent as it is.
 */
export function allowAnswer({
  decisionId,
  mutations: { set, remove },
  shown,
  told,
  reply,
  hold,
  reserved,
}: AllowAnswer): Uint8Array {
  const metadata: JsonObject = new Map([
    ...(hold === undefined ? [] : ([['hold', hold]] as const)),
    ...metadataOf(decisionId, 'allowed', reply),
    ...(reserved === undefined ? [] : ([['reserved', reserved]] as const)),
  ]);
  return writeOk({ headers: set, headersToRemove: remove, responseHeaders: shown, toldHeaders: told, metadata });
}

/** The CheckResponse that answers in place of the tool server. */
export function replyAnswer(decisionId: string, { status, headers, body }: Reply): Uint8Array {
  const metadata = new Map(metadataOf(decisionId, 'refused', 'pass'));
  return writeDenied({ httpStatus: status, headers, body, metadata });
}

/** What is sent when not even a refusal could be written. */
export function lastResortAnswer(): Uint8Array {
  const error = { code: -31500, message: 'It could not be told whether this call is allowed.' };
  return writeDenied({
    httpStatus: 503,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ jsonrpc: '2.0', error }),
    metadata: new Map([
      ['reply', 'pass'],
      ['verdict', 'refused'],
    ]),
  });
}

/**
 * Lands in Envoy's namespace `envoy.filters.http.ext_authz`: for its access log, its local replies, and the matcher that keeps
 * ext_proc out on `reply: pass`. Refusals say that too: without it every refused request would open a stream.
 */
function metadataOf(
  decisionId: string,
  verdict: 'allowed' | 'refused',
  reply: ReplyCourse,
): readonly (readonly [string, string])[] {
  return [
    ['decision_id', decisionId],
    ['reply', reply],
    ['verdict', verdict],
  ];
}
