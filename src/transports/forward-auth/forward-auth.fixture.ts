import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { traits } from '../../call/received.fixture.ts';
import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { facts, findingStages } from '../../decision/facts.fixture.ts';
import type { Outcome } from '../../decision/record.ts';
import { deny, type Found, found, type Refusal } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { reading } from '../proxy/proxy.fixture.ts';
import { createByteBudget } from '../reply/byte-budget.ts';
import type { ForwardAuthAssembly, ForwardAuthServer } from './forward-auth-assembly.ts';
import { createForwardAuthServer, type ForwardAuthServerOptions } from './server.ts';

export const SERVER: ForwardAuthServer = {
  name: 'files',
  route: '/files',
  hosts: undefined,
  origins: new Set(),
  eras: 'both',
  resource: undefined,
  identity: 'anonymous',
  forwardHeaders: new Set(),
  maxBodyBytes: 128 * 1024,
};

/** What a test says about its door; everything else finds and passes. */
export interface ForwardAuthFixtureOptions {
  readonly server?: Partial<ForwardAuthServer>;
  readonly assembly?: Partial<ForwardAuthAssembly>;
  readonly stages?: Partial<ForwardAuthAssembly['stages']>;
  readonly door?: Partial<ForwardAuthServerOptions>;
}

/** What was recorded, in order. */
export interface Heard {
  readonly intents: Facts[];
  readonly refusals: Refusal[];
  readonly outcomes: Outcome[];
}

export interface ForwardAuthFixture extends AsyncDisposable {
  readonly socketPath: string;
  readonly heard: Heard;
  ask(asked?: AskOptions): Promise<Answer>;
  /** Sends bytes as they are, and resolves to all that came back when the door closed the connection. */
  raw(text: string): Promise<string>;
  drain(withinMs: number): Promise<void>;
}

export interface AskOptions {
  readonly method?: string;
  readonly target?: string;
  /** Host of the question itself. */
  readonly host?: string;
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name; repeats joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The fields that nginx sets for a request to the server `files`. */
export const ORIGINAL: HeaderList = [
  ['x-original-method', 'GET'],
  ['x-original-uri', '/files'],
  ['x-original-host', 'localhost'],
];

/** A question that shows the whole POST of an agent. */
export function showing(body: string, ...headers: HeaderList): AskOptions {
  const [, uri, host] = ORIGINAL;
  if (uri === undefined || host === undefined) throw new Error('ORIGINAL has three fields');
  return {
    method: 'POST',
    headers: [
      ['x-original-method', 'POST'],
      uri,
      host,
      ['content-type', 'application/json'],
      ['sallyport-body', 'whole'],
      ...headers,
    ],
    body,
  };
}

/** A message that every check here lets pass. */
export const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_file', arguments: { path: 'a' } },
});

/** The door on a socket of its own, with the real reader. */
export async function startForwardAuth(options: ForwardAuthFixtureOptions = {}): Promise<ForwardAuthFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'forward-auth-'));
  const socketPath = join(folder, 'door/auth.sock');
  const heard: Heard = { intents: [], refusals: [], outcomes: [] };
  const assembly = assemble(options, heard);
  const door = createForwardAuthServer({
    socketPath,
    maxConnections: 64,
    requestTimeoutMs: 2000,
    original: 'x_original',
    refusals: 'as_is',
    current: () => assembly,
    clock: systemClock,
    bodies: createByteBudget(1024 * 1024),
    onError: (error) => {
      throw error;
    },
    ...options.door,
  });
  await door.listen();
  return {
    socketPath,
    heard,
    ask: (asked) => ask(socketPath, asked),
    raw: (text) => exchange(socketPath, text),
    drain: (withinMs) => door.drain(withinMs),
    async [Symbol.asyncDispose]() {
      await door.drain(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function assemble({ server, assembly, stages }: ForwardAuthFixtureOptions, heard: Heard): ForwardAuthAssembly {
  const bearer = (headers: HeaderList): Found<Facts['identity']> => {
    const [value] = headerValues(headers, 'authorization');
    return value === undefined ? deny('authenticate', 'token.missing') : found(facts.identity);
  };
  return {
    stages: { ...findingStages, read: reading(traits), ...stages },
    recorder: {
      intent: async (intent) => void heard.intents.push(intent),
      refusal: (_received, refusal) => void heard.refusals.push(refusal),
      passthrough: async () => {},
      outcome: (outcome) => void heard.outcomes.push(outcome),
    },
    deadlineMs: 1000,
    superseded: new AbortController().signal,
    servers: new Map([['files', { ...SERVER, ...server }]]),
    sessions: { end: () => {} },
    reserve: () => found({ [Symbol.dispose]() {} }),
    identify: async ({ headers }) => bearer(headers),
    ...assembly,
  };
}

/** Asks on the socket. Headers are sent in their order, repeats and all. */
export async function ask(
  socketPath: string,
  { method = 'GET', target = '/check/files', host = 'sallyport', headers = ORIGINAL, body = '' }: AskOptions = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = method === 'POST' ? ['content-length', String(Buffer.byteLength(body))] : [];
  const sent = request(
    { socketPath, method, path: target, headers: ['host', host, ...length, ...headers.flat()], agent: false },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: new Map(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  sent.on('error', reject).end(body);
  return await promise;
}

/** Sends bytes as they are, and resolves to all that came back when the other side closed the connection. */
export async function exchange(socketPath: string, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const socket = connect(socketPath, () => socket.write(text));
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk)).on('error', reject);
  socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  return await promise;
}
