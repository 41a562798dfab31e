import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCall } from '../../call/read-call.ts';
import { traits } from '../../call/received.fixture.ts';
import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { facts, findingStages } from '../../decision/facts.fixture.ts';
import { deny, found } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Answer, ask, type AskOptions } from '../forward-auth/forward-auth.fixture.ts';
import { createByteBudget } from '../reply/byte-budget.ts';
import type { AuthzenAssembly } from './authzen-assembly.ts';
import { type AuthzenServerOptions, createAuthzenServer } from './server.ts';

const RESOURCE = {
  identifier: 'https://tools.example/files',
  authorizationServers: ['https://sts.example'],
  scopes: [],
};

export interface AuthzenFixtureOptions {
  readonly assembly?: Partial<AuthzenAssembly>;
  readonly stages?: Partial<AuthzenAssembly['stages']>;
  readonly door?: Partial<AuthzenServerOptions>;
}

export interface AuthzenFixture extends AsyncDisposable {
  readonly socketPath: string;
  /** What the checks were shown, in order. */
  readonly judged: Facts['call'][];
  /** Posts `body` as JSON; a text as it is. With a token of `user:alice` unless `headers` say otherwise. */
  post(path: string, body: unknown, headers?: HeaderList): Promise<Answer>;
  ask(asked: AskOptions): Promise<Answer>;
}

const HOST = 'pdp.example';
export const EVALUATION = '/access/v1/evaluation';
export const EVALUATIONS = '/access/v1/evaluations';

/** A question of alice about a call of her own. */
export const QUESTION = {
  subject: { type: 'user', id: 'user:alice' },
  action: { name: 'tools/call' },
  resource: { type: 'tool', id: 'read_file', properties: { server: 'files' } },
  context: { arguments: { path: '/a' } },
};

export const ALICE: HeaderList = [['authorization', 'Bearer user:alice']];

/** The door on a socket of its own: `Bearer SUB` is a good token of SUB for the server `files`, and for no other. */
export async function startAuthzen(options: AuthzenFixtureOptions = {}): Promise<AuthzenFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'authzen-'));
  const socketPath = join(folder, 'door/authzen.sock');
  const judged: Facts['call'][] = [];
  const assembly = assemble(options, judged);
  const door = createAuthzenServer({
    address: { kind: 'socket', path: socketPath },
    maxConnections: 64,
    requestTimeoutMs: 2000,
    maxBodyBytes: 64 * 1024,
    maxEvaluations: 5,
    policyDecisionPoint: 'https://pdp.example',
    current: () => assembly,
    clock: systemClock,
    bodies: createByteBudget(1024 * 1024),
    onError: () => {},
    ...options.door,
  });
  await door.listen();
  return {
    socketPath,
    judged,
    ask: (asked) => ask(socketPath, { host: HOST, headers: [], ...asked }),
    post: (target, body, headers = ALICE) =>
      ask(socketPath, {
        method: 'POST',
        target,
        host: HOST,
        headers: [['content-type', 'application/json'], ...headers],
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await door.drain(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function assemble({ assembly, stages }: AuthzenFixtureOptions, judged: Facts['call'][]): AuthzenAssembly {
  return {
    stages: {
      ...findingStages,
      checkGrant(call) {
        judged.push(call);
        return found(facts.grant);
      },
      ...stages,
    },
    deadlineMs: 1000,
    servers: new Map([
      ['files', { resource: RESOURCE }],
      ['mail', { resource: undefined }],
    ]),
    reserve: () => found({ [Symbol.dispose]() {} }),
    async authenticate({ server, headers }) {
      const [value] = headerValues(headers, 'authorization');
      if (value === undefined) return deny('authenticate', 'token.missing');
      if (server !== 'files') return deny('authenticate', 'token.audience');
      const subject = value.slice('Bearer '.length);
      return found({ kind: 'token', principal: subject, subject, actor: 'agent:1' });
    },
    async read(received) {
      const read = readCall(received, { ...traits, eras: 'legacy' });
      return read.kind === 'call' ? found(read.call) : deny('read', read.reason);
    },
    ...assembly,
  };
}
