import assert from 'node:assert/strict';
import type { Era, Header, Peer } from '../attacks/peer.ts';
import type { Guarded } from './start-guarded.ts';
import type { TokenWish } from './issuer.ts';

/** A JSON-RPC message as it came. */
export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the server says
  readonly params?: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the server says
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly reason?: string } };
}

/** What came back for one request, all of it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON body, or the data of each event. */
  readonly messages: readonly Message[];
  /** Why Sallyport refused; `undefined` when it did not. */
  readonly reason: string | undefined;
}

/** A reply that is still coming. */
export interface OpenStream {
  readonly status: number;
  /** Waits for the next piece and gives all that has come. */
  more(): Promise<string>;
  /** Waits for the end and gives all of it. */
  whole(): Promise<Answer>;
  leave(): Promise<void>;
}

/** What an agent by hand says it can be asked. */
const CAPABILITIES = { elicitation: { form: {} }, sampling: {} };

/** An agent that speaks MCP by hand, for what an official client would not do. In the legacy era it has a session. */
export async function openAgent(
  guarded: Guarded,
  era: Era,
  subject: string,
  { server = 'tools', ...wish }: Partial<TokenWish> & { readonly server?: string } = {},
): Promise<Peer> {
  const token = await guarded.token(subject, wish, server);
  const peer: Peer = { era, url: guarded.url(server), headers: [['authorization', `Bearer ${token}`]] };
  return era === 'modern' ? peer : await initialize(peer);
}

async function initialize(peer: Peer): Promise<Peer> {
  const clientInfo = { name: 'agent', version: '1.0.0' };
  const params = { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, clientInfo };
  const { status, headers, text } = await send(peer, 'initialize', params);
  assert.equal(status, 200, text);
  const session = headers.get('mcp-session-id');
  const given: readonly Header[] = session === null ? [] : [['mcp-session-id', session]];
  const opened = { ...peer, headers: [...peer.headers, ['mcp-protocol-version', '2025-11-25'] as const, ...given] };
  await post(opened, { method: 'notifications/initialized' });
  return opened;
}

/** The same agent with header fields in place of its own: another session id, another credential. */
export function withHeaders(peer: Peer, replaced: Readonly<Record<string, string>>): Peer {
  const kept = peer.headers.filter(([name]) => !(name in replaced));
  return { ...peer, headers: [...kept, ...Object.entries(replaced)] };
}

/** The header field of an agent, such as its session id. */
export function headerOf(peer: Peer, name: string): string {
  return peer.headers.find(([field]) => field === name)?.[1] ?? assert.fail(`the agent sends no ${name}`);
}

/** Calls a tool and waits for all of the answer. */
export async function callTool(peer: Peer, name: string, args: object = {}): Promise<Answer> {
  return await send(peer, 'tools/call', { name, arguments: args });
}

/** Sends a request and waits for all of the answer. */
export async function send(peer: Peer, method: string, params: object = {}): Promise<Answer> {
  return await (await openRequest(peer, method, params)).whole();
}

/** Sends a request and leaves its answer open. */
export async function openRequest(peer: Peer, method: string, params: object = {}): Promise<OpenStream> {
  return await open(peer, 'POST', messageOf(peer, method, params), mirrored(peer, method, params));
}

/** Posts a notification or a response as it is. */
export async function post(peer: Peer, message: object): Promise<Answer> {
  const stream = await open(peer, 'POST', JSON.stringify({ jsonrpc: '2.0', ...message }), []);
  return await stream.whole();
}

/** GET or DELETE of the session. */
export async function exchange(peer: Peer, method: 'GET' | 'DELETE'): Promise<OpenStream> {
  return await open(peer, method, undefined, []);
}

/** Whole text of what a tool said. */
export function textOf({ messages, text }: Answer): string {
  const content: unknown = messages.at(-1)?.result?.content;
  assert.ok(Array.isArray(content), text);
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
}

function messageOf({ era }: Peer, method: string, params: object): string {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
  };
  const described = era === 'modern' ? { ...params, _meta: { ...meta, ...metaOf(params) } } : params;
  return JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: described });
}

function metaOf(params: object): object {
  return '_meta' in params && typeof params._meta === 'object' && params._meta !== null ? params._meta : {};
}

function mirrored({ era }: Peer, method: string, params: object): readonly Header[] {
  if (era === 'legacy') return [];
  const { name, uri = name }: { readonly name?: string; readonly uri?: string } = params;
  const named: readonly Header[] = uri === undefined ? [] : [['mcp-name', uri]];
  return [['mcp-protocol-version', '2026-07-28'], ['mcp-method', method], ...named];
}

async function open(
  peer: Peer,
  method: string,
  body: string | undefined,
  added: readonly Header[],
): Promise<OpenStream> {
  const accept = method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream';
  const content: readonly Header[] = body === undefined ? [] : [['content-type', 'application/json']];
  const headers = [['accept', accept] as const, ...content, ...peer.headers, ...added];
  const response = await fetch(peer.url, {
    method,
    headers: Object.fromEntries(headers),
    ...(body === undefined ? {} : { body }),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async (): Promise<boolean> => {
    const next = await reader?.read();
    text += next?.value ?? '';
    return next === undefined || next.done;
  };
  return {
    status: response.status,
    async more() {
      await read();
      return text;
    },
    async whole() {
      while (!(await read()));
      return answerOf(response, text);
    },
    leave: async () => reader?.cancel(),
  };
}

function answerOf({ status, headers }: Response, text: string): Answer {
  const reason = /"reason":"([a-z0-9.-]+)"/.exec(text)?.[1];
  return { status, headers, text, messages: messagesIn(headers.get('content-type') ?? '', text), reason };
}

function messagesIn(type: string, text: string): readonly Message[] {
  const json = type.startsWith('text/event-stream') ? text.matchAll(/^data: ?(\{.*\})$/gm) : [['', text]];
  return [...json].flatMap(([, data = '']) => (data === '' ? [] : [JSON.parse(data) as Message]));
}
