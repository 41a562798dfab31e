import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../src/assemble/assemble.ts';
import { openState } from '../../src/assemble/state.ts';
import { recordText } from '../../src/audit/record-text.ts';
import { intentData } from '../../src/audit/write-record.ts';
import type { Received } from '../../src/call/received.ts';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { loadConfig } from '../../src/config/load.ts';
import { decide, newTrail } from '../../src/decision/decide.ts';
import type { Cleared, Refusal } from '../../src/decision/verdict.ts';
import type { SallyportFacts } from '../../src/stages/facts.ts';
import { callBody, tokenFrom, writeProject } from '../bench-project.ts';

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

const never = new AbortController().signal;

/** Opens a bench whose catalogue has `rules` tools with one allow rule each. */
export async function openBench({ rules }: { readonly rules: number }): Promise<DecideBench> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const key = await generateSigningKey('EdDSA');
  await writeProject(folder, key, { rules });
  const loaded = await loadConfig(join(folder, 'sallyport.yaml'));
  const state = await openState({
    config: loaded.config,
    stateDir: loaded.stateDir,
    recordDir: loaded.recordDir,
    pathOf: loaded.pathOf,
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
      const data = intentData(facts, { maxLength: 1024 });
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

function requestWith(token: string, args: Record<string, string>): Received {
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
    body: callBody(args),
    peer: { address: '127.0.0.1' },
    receivedAtMs: Date.now(),
  };
}

function verifySignature(received: Received | undefined, publicKey: KeyObject): boolean {
  const compact = received?.headers.find(([name]) => name === 'authorization')?.[1].slice('Bearer '.length) ?? '';
  const dot = compact.lastIndexOf('.');
  return verify(null, Buffer.from(compact.slice(0, dot)), publicKey, Buffer.from(compact.slice(dot + 1), 'base64url'));
}
