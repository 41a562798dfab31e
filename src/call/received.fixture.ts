import assert from 'node:assert/strict';
import type { Call } from './call.ts';
import { readCall, type ReadCall, type RefusedCall, type ServerTraits } from './read-call.ts';
import { MESSAGE_LIMITS } from './parse-json.ts';
import type { HeaderList, Received } from './received.ts';

/** Traits of a server of both eras that allows nothing beyond the treated methods and pins no header parameters. */
export const traits: ServerTraits = {
  allowMethods: new Set(),
  eras: 'both',
  headerParams: () => undefined,
  limits: MESSAGE_LIMITS,
};

/** Headers of a legacy POST. */
export const LEGACY_HEADERS: HeaderList = [
  ['host', 'localhost'],
  ['accept', 'application/json, text/event-stream'],
  ['content-type', 'application/json'],
  ['mcp-protocol-version', '2025-11-25'],
];

/** `_meta` of a 2026-07-28 request. */
export const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** An exchange as a door would hand it over. */
export function received(parts: Partial<Received>): Received {
  return {
    decisionId: '0198c2f0-0000-7000-8000-000000000001',
    server: 'files',
    httpMethod: 'POST',
    headers: LEGACY_HEADERS,
    body: undefined,
    peer: { address: '127.0.0.1' },
    receivedAtMs: 0,
    ...parts,
  };
}

/** A legacy POST of `message`; text and bytes are sent as they are. */
export function legacyPost(message: unknown, headers: HeaderList = LEGACY_HEADERS): Received {
  return received({ headers, body: bytesOf(message) });
}

/** A 2026-07-28 POST of a request, with the headers that its body asks for and `extra` ones. */
export function modernPost(method: string, params: Record<string, unknown>, extra: HeaderList = []): Received {
  const body = { jsonrpc: '2.0', id: 1, method, params: { _meta: MODERN_META, ...params } };
  return received({ headers: [...modernHeaders(method), ...extra], body: bytesOf(body) });
}

/** The headers of every 2026-07-28 POST. */
export function modernHeaders(method: string): HeaderList {
  return [
    ['host', 'localhost'],
    ['content-type', 'application/json'],
    ['mcp-protocol-version', '2026-07-28'],
    ['mcp-method', method],
  ];
}

/** UTF-8 of a text, bytes as they are, JSON of anything else. */
export function bytesOf(message: unknown): Buffer {
  if (message instanceof Uint8Array) return Buffer.from(message);
  return Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
}

/** The reason of a refusal; `call` when there is none. */
export function outcomeOf(read: ReadCall): string {
  return read.kind === 'call' ? 'call' : read.reason;
}

/** A legacy tool call, as a message. */
export const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'hi' } },
};

/** The call in a message that must be read. */
export function callIn(message: unknown, headers?: HeaderList): Call {
  const read = readCall(legacyPost(message, headers), traits);
  assert.equal(read.kind, 'call');
  return (read as { call: Call }).call;
}

/** Why a message is refused; `call` when it is not. */
export function reasonFor(message: unknown, headers?: HeaderList): string {
  return outcomeOf(readCall(legacyPost(message, headers), traits));
}

export function refusalOf(message: unknown, headers?: HeaderList): RefusedCall {
  const read = readCall(legacyPost(message, headers), traits);
  assert.equal(read.kind, 'refused');
  return read;
}

/** The headers without one of them. */
export function without(name: string, headers: HeaderList): HeaderList {
  return headers.filter(([field]) => field !== name);
}
