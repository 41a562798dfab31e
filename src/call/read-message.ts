import { EMPTY_OBJECT, isJsonArray, isJsonObject, type JsonObject } from '../kit/json.ts';
import type { RequestId } from './call.ts';
import { TwinDetector } from './case-twin.ts';
import { hasTwin } from './params-shape.ts';
import type { ParsedJson } from './parse-json.ts';
import { refused, type Refused } from './refused.ts';
import { isRequestId } from './request-id.ts';

/** One JSON-RPC 2.0 message from the client, by what it says it is. */
export type Message =
  | { readonly kind: 'request'; readonly method: string; readonly id: RequestId; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly id?: undefined; readonly params: JsonObject }
  | {
      readonly kind: 'response';
      readonly method?: undefined;
      readonly id: RequestId;
      readonly params: JsonObject;
      readonly result: JsonObject;
    };

/** Not one message. Carries the request's id when that was clear: the answer can then name it. */
export interface RefusedMessage extends Refused {
  readonly id?: RequestId;
}

const MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const TWINS = new TwinDetector(MEMBERS);
/** Longest method name that is looked up, in UTF-16 code units. */
const MAX_METHOD_LENGTH = 256;
const NOTIFICATION_PREFIX = 'notifications/';

/**
 * Reads the JSON-RPC envelope (JSON-RPC 2.0 §4, §5; MCP basic protocol).
 *
 * The method's name says what it is: `notifications/…` is a notification and has no id, anything else is a request and
 * has one. So a request without a usable id is refused, and never passes as a notification.
 */
export function readMessage(parsed: ParsedJson, body: Uint8Array): Message | RefusedMessage {
  const root = parsed.value;
  if (isJsonArray(root)) return refused('rpc.batch');
  if (!isJsonObject(root)) return refused('rpc.envelope');
  const flaw = checkMembers(root);
  if (root.has('result') || root.has('error')) return flaw ?? readResponse(root, parsed, body);
  const id = readId(root, parsed, body);
  const message = flaw ?? readCallMessage(root, id);
  return message.kind === 'refused' && id !== undefined ? { ...message, id } : message;
}

function checkMembers(root: JsonObject): Refused | undefined {
  for (const key of root.keys()) {
    if (MEMBERS.has(key)) continue;
    return TWINS.isTwin(key) ? refused('json.case-twin') : refused('rpc.envelope', 'unknown member');
  }
  return root.get('jsonrpc') === '2.0' ? undefined : refused('rpc.envelope', 'jsonrpc');
}

function readCallMessage(root: JsonObject, id: RequestId | undefined): Message | Refused {
  const method = root.get('method');
  if (typeof method !== 'string' || method === '' || method.length > MAX_METHOD_LENGTH) {
    return refused('rpc.envelope', 'method');
  }
  const params = root.get('params') ?? EMPTY_OBJECT;
  if (!isJsonObject(params) || root.get('params') === null) return refused('rpc.params', 'params');
  if (method.startsWith(NOTIFICATION_PREFIX)) {
    return root.has('id') ? refused('rpc.notification-id') : { kind: 'notification', method, params };
  }
  return id === undefined ? refused('rpc.id') : { kind: 'request', method, id, params };
}

/** A client's answer to a server's request: elicitation, sampling, roots of the legacy era. */
function readResponse(root: JsonObject, parsed: ParsedJson, body: Uint8Array): Message | Refused {
  const id = readId(root, parsed, body);
  if (id === undefined) return refused('rpc.id');
  if (root.has('method') || root.has('params')) return refused('rpc.envelope', 'method beside result or error');
  if (root.has('result') === root.has('error')) return refused('rpc.envelope', 'result beside error');
  const answer = root.get('result') ?? root.get('error');
  if (!isJsonObject(answer)) return refused('rpc.envelope', 'result');
  if (root.has('error') && !isRpcError(answer)) return refused('rpc.envelope', 'error');
  if (hasTwin(answer)) return refused('json.case-twin');
  return { kind: 'response', id, params: EMPTY_OBJECT, result: root.has('result') ? answer : EMPTY_OBJECT };
}

function isRpcError(error: JsonObject): boolean {
  return Number.isSafeInteger(error.get('code')) && typeof error.get('message') === 'string';
}

/** The id, if every reader echoes it the same way. `1.0` and `1e2` are integers to some and fractions to others. */
function readId(root: JsonObject, parsed: ParsedJson, body: Uint8Array): RequestId | undefined {
  const id = root.get('id');
  if (!isRequestId(id)) return undefined;
  if (typeof id === 'string' || !parsed.sawFraction) return id;
  const span = parsed.spanOf(['id']);
  const written = span && Buffer.from(body.subarray(span.start, span.end)).toString('latin1');
  return written === String(id) ? id : undefined;
}
