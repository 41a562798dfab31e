import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../src/assemble/assemble.ts';
import { openState } from '../../src/assemble/state.ts';
import { recordText } from '../../src/audit/record-text.ts';
import { intentData } from '../../src/audit/write-record.ts';
import type { Received } from '../../src/call/received.ts';
import { mintToken } from '../../src/capability/mint-token.ts';
import { generateSigningKey, type SigningKey } from '../../src/capability/signing-key.ts';
import { pinOf } from '../../src/catalogue/pin.ts';
import { loadConfig } from '../../src/config/load.ts';
import { decide, newTrail } from '../../src/decision/decide.ts';
import type { Cleared, Refusal } from '../../src/decision/verdict.ts';
import { fromPlain, isJsonObject, toPlain } from '../../src/kit/json.ts';
import type { SallyportFacts } from '../../src/stages/facts.ts';

/** Everything `decide()` needs for real, from files, with as many rules as tools. */
export interface DecideBench {
  /** A 1 KB `tools/call` with these arguments, always with the same token. */
  request(args: Record<string, string>): Promise<Received>;
  /** The same with `count` different tokens. */
  freshRequests(count: number, args: Record<string, string>): Promise<Received[]>;
  decide(received: Received | undefined): Promise<Cleared<SallyportFacts> | Refusal>;
  /** @throws when the answer is another one: a benchmark of the wrong path is worse than none. */
  expect(received: Received, kind: 'cleared' | 'deny'): Promise<void>;
  cleared(received: Received): Promise<SallyportFacts>;
  serialise(facts: SallyportFacts): string;
  /** Verifies the signature of the token that `received` brings, with the bare crypto library. */
  verifySignature(received: Received | undefined): boolean;
  close(): Promise<void>;
}

const RESOURCE = 'http://127.0.0.1:8700/files';
const ISSUER = 'https://issuer.example';
const BODY_BYTES = 1024;
const never = new AbortController().signal;

/** Opens a bench whose catalogue has `rules` tools with one allow rule each. */
export async function openBench({ rules }: { readonly rules: number }): Promise<DecideBench> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const key = await generateSigningKey('EdDSA');
  await writeProject(folder, rules, key);
  const loaded = await loadConfig(join(folder, 'sallyport.yaml'));
  const state = await openState({
    config: loaded.config,
    stateDir: loaded.stateDir,
    version: 'bench',
    source: 'urn:bench',
  });
  const assembly = await assemble(loaded, state);
  state.enforce(assembly);
  const token = await tokenFrom(key);
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' });
  const answer = async (received: Received): ReturnType<DecideBench['decide']> => {
    const trail = newTrail<SallyportFacts>();
    const given = await decide(received, assembly.stages, never, trail);
    await trail.held.disposeAsync();
    return given;
  };
  return {
    request: async (args) => requestWith(token, args),
    freshRequests: async (count, args) =>
      await Promise.all(Array.from({ length: count }, async () => requestWith(await tokenFrom(key), args))),
    decide: (received) => (received === undefined ? Promise.reject(new Error('no request')) : answer(received)),
    async expect(received, kind) {
      const given = await answer(received);
      if (given.kind !== kind) throw new Error(`expected ${kind}: ${JSON.stringify(given)}`);
    },
    async cleared(received) {
      const given = await answer(received);
      if (given.kind !== 'cleared') throw new Error(`not cleared: ${JSON.stringify(given)}`);
      return given.facts;
    },
    serialise(facts) {
      const data = intentData(facts, { maxLength: 1024, isMasked: () => false });
      return recordText(
        { kind: 'intent', id: `${facts.call.decisionId}/intent`, source: 'urn:bench', timeMs: Date.now() },
        data,
      ).before;
    },
    verifySignature: (received) => verifySignature(received, publicKey),
    async close() {
      await state[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeProject(folder: string, rules: number, key: SigningKey): Promise<void> {
  const names = ['read_file', ...Array.from({ length: rules - 1 }, (_, index) => `tool_${index}`)];
  await mkdir(join(folder, 'policies'));
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [key.publicJwk] }));
  await writeFile(join(folder, 'pins.json'), JSON.stringify(pins(names)));
  await writeFile(join(folder, 'policies/all.yaml'), JSON.stringify(policy(names)));
  await writeFile(
    join(folder, 'sallyport.yaml'),
    JSON.stringify({
      servers: {
        files: { route: '/files', upstream: 'http://127.0.0.1:1/mcp', resource: RESOURCE, pins: 'pins.json' },
      },
      policies: ['policies/all.yaml'],
      authenticate: { issuers: [{ issuer: ISSUER, jwks: { file: 'jwks.json' }, max_lifetime_s: 3600 }] },
      telemetry: { log_level: 'error' },
      // The benchmark keeps the event loop busy by purpose.
      decision: { max_loop_delay_ms: 10_000 },
    }),
  );
}

function pins(names: readonly string[]): unknown {
  const tools = names.map((name) => {
    const definition = fromPlain({
      name,
      description: 'Read a text file.',
      inputSchema: {
        type: 'object',
        properties: { path: { type: 'string' }, limit: { type: 'integer' }, note: { type: 'string' } },
        required: ['path'],
      },
    });
    if (!isJsonObject(definition)) throw new Error('not an object');
    return {
      pin: pinOf(definition),
      risk: 'low',
      effects: ['read'],
      idempotent: true,
      definition: toPlain(definition),
    };
  });
  return { apiVersion: 'sallyport/v1', kind: 'Pins', server: 'files', tools };
}

/** One allow rule a tool: two constraints and one condition. */
function policy(names: readonly string[]): unknown {
  return {
    apiVersion: 'sallyport/v1',
    kind: 'Policy',
    metadata: { name: 'all' },
    sets: { readers: ['user:report', 'user:editor'] },
    rules: names.map((tool) => ({
      id: `files.${tool}`,
      match: { server: 'files', tool },
      effect: 'allow',
      args: {
        path: { c: 'path_under', root: '/workspace' },
        limit: { c: 'range', max: 100, optional: true },
      },
      extra_args: 'allow',
      when: 'has(principal.subject) && principal.subject in sets.readers && now.getHours("UTC") < 24',
    })),
  };
}

async function tokenFrom({ privateJwk }: SigningKey): Promise<string> {
  return await mintToken(privateJwk, {
    issuer: ISSUER,
    subject: 'user:report',
    audience: RESOURCE,
    tokenId: randomUUID(),
    issuedAtMs: Date.now(),
    lifetimeS: 3000,
    claims: new Map([
      [
        'authorization_details',
        fromPlain([
          {
            type: 'https://sallyport.dev/rar/tool-call/1',
            locations: [RESOURCE],
            actions: ['tools/call'],
            tools: { read_file: { extra_args: 'allow', args: { path: { c: 'path_under', root: '/workspace' } } } },
          },
        ]),
      ],
    ]),
  });
}

function requestWith(token: string, args: Record<string, string>): Received {
  const message = (note: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'read_file', arguments: { ...args, limit: 50, note } },
    });
  const body = Buffer.from(message('x'.repeat(BODY_BYTES - message('').length)));
  return {
    decisionId: randomUUID(),
    server: 'files',
    httpMethod: 'POST',
    headers: [
      ['host', '127.0.0.1:8700'],
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ['authorization', `Bearer ${token}`],
      ['mcp-protocol-version', '2025-11-25'],
    ],
    body,
    peer: { address: '127.0.0.1' },
    receivedAtMs: Date.now(),
  };
}

function verifySignature(received: Received | undefined, publicKey: KeyObject): boolean {
  const compact = received?.headers.find(([name]) => name === 'authorization')?.[1].slice('Bearer '.length) ?? '';
  const dot = compact.lastIndexOf('.');
  return verify(null, Buffer.from(compact.slice(0, dot)), publicKey, Buffer.from(compact.slice(dot + 1), 'base64url'));
}
