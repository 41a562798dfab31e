import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Stages } from '../../src/decision/stages.ts';
import { facts } from '../../src/decision/facts.fixture.ts';
import { deny, fault, found, type Refusal } from '../../src/decision/verdict.ts';
import { startProxy } from '../../src/transports/proxy/proxy.fixture.ts';
import { startV2 } from '../servers/v2/start-v2.ts';

/** What a client shows of one call: the result, or the error with what it carries. */
type Seen =
  | { readonly kind: 'result'; readonly isError: unknown; readonly text: string }
  | { readonly kind: 'error'; readonly name: string; readonly code: unknown; readonly text: string };

interface Driver {
  readonly call: (method: 'tool' | 'prompt') => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const INFO = { name: 'test', version: '1.0.0' };
const TOOL = { name: 'echo', arguments: { text: 'hi' } };
const PROMPT = { name: 'greet', arguments: { name: 'Ada' } };

async function v2(url: URL, mode: 'legacy' | { pin: string }): Promise<Driver> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(url));
  return {
    call: (method) => (method === 'tool' ? client.callTool(TOOL) : client.getPrompt(PROMPT)),
    close: () => client.close(),
  };
}

async function v1(url: URL): Promise<Driver> {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(url));
  return {
    call: (method) => (method === 'tool' ? client.callTool(TOOL) : client.getPrompt(PROMPT)),
    close: () => client.close(),
  };
}

const CLIENTS: Record<string, (url: URL) => Promise<Driver>> = {
  'TypeScript 2 legacy': (url) => v2(url, 'legacy'),
  'TypeScript 2 modern': (url) => v2(url, { pin: '2026-07-28' }),
  'TypeScript 1': v1,
};

async function see(work: Promise<unknown>): Promise<Seen> {
  try {
    const result = (await work) as { isError?: unknown };
    return { kind: 'result', isError: result.isError, text: JSON.stringify(result) };
  } catch (error) {
    assert.ok(error instanceof Error);
    const { name } = error.constructor;
    const { code, data } = error as { code?: unknown; data?: unknown };
    return { kind: 'error', name, code, text: `${error.message} ${JSON.stringify(data)}` };
  }
}

/** Refuses calls and prompts, and lets the handshake pass. */
function refusing(refusal: Refusal): Partial<Stages> {
  return {
    applyPolicy: ({ operation }) => (['tools/call', 'prompts/get'].includes(operation) ? refusal : found(facts.ruling)),
  };
}

const OPAQUE_V2 = { name: 'SdkHttpError', code: 'CLIENT_HTTP_NOT_IMPLEMENTED' };

/** Reference 01 §2.2: error class and code that each client raises, or `result` for what reaches the model. */
const EXPECTED: Record<string, { refusal: Refusal; method: 'tool' | 'prompt'; seen: Record<string, object> }> = {
  'a verdict on a tool call': {
    refusal: deny('policy', 'policy.denied', { rule: 'files.read', message: 'only in /workspace' }),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': { kind: 'result', isError: true },
      'TypeScript 2 modern': { kind: 'result', isError: true },
      'TypeScript 1': { kind: 'result', isError: true },
    },
  },
  'a verdict on a prompt': {
    refusal: deny('policy', 'policy.denied'),
    method: 'prompt',
    seen: {
      'TypeScript 2 legacy': { kind: 'error', name: 'ProtocolError', code: -31422 },
      'TypeScript 2 modern': { kind: 'error', name: 'ProtocolError', code: -31422 },
      'TypeScript 1': { kind: 'error', name: 'McpError', code: -31422 },
    },
  },
  'an expired token': {
    refusal: deny('authenticate', 'token.expired'),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': OPAQUE_V2,
      'TypeScript 1': { name: 'StreamableHTTPError', code: 401 },
    },
  },
  'a token without the grant': {
    refusal: deny('capability', 'grant.not-covered'),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': { name: 'InsufficientScopeError' },
      'TypeScript 2 modern': { name: 'InsufficientScopeError' },
      'TypeScript 1': { name: 'StreamableHTTPError', code: 403 },
    },
  },
  'malformed params': {
    refusal: deny('read', 'rpc.params'),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': { name: 'ProtocolError', code: -32602 },
      'TypeScript 1': { name: 'StreamableHTTPError', code: 400 },
    },
  },
  'headers that say something else': {
    refusal: deny('read', 'mcp.header-mismatch'),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': { name: 'ProtocolError', code: -32020 },
      'TypeScript 1': { name: 'StreamableHTTPError', code: 400 },
    },
  },
  'a method that may not be sent': {
    refusal: deny('read', 'rpc.method-unknown'),
    method: 'prompt',
    seen: {
      'TypeScript 2 legacy': { name: 'ProtocolError', code: -32601 },
      'TypeScript 2 modern': OPAQUE_V2,
      'TypeScript 1': { name: 'McpError', code: -32601 },
    },
  },
  'a session that is gone': {
    refusal: deny('handles', 'session.ended'),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': OPAQUE_V2,
      'TypeScript 1': { name: 'StreamableHTTPError', code: 404 },
    },
  },
  'too much at once': {
    refusal: deny('admit', 'overload.busy', { retryAfterMs: 1500 }),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': OPAQUE_V2,
      'TypeScript 1': { name: 'StreamableHTTPError', code: 503 },
    },
  },
  'a fault': {
    refusal: fault('policy', 'policy.error', new Error('secret detail')),
    method: 'tool',
    seen: {
      'TypeScript 2 legacy': OPAQUE_V2,
      'TypeScript 2 modern': OPAQUE_V2,
      'TypeScript 1': { name: 'StreamableHTTPError', code: 503 },
    },
  },
};

const RESOURCE = {
  identifier: 'http://127.0.0.1/mcp',
  authorizationServers: ['https://as.example'],
  scopes: ['files'],
};

suite('a refusal for', () => {
  for (const [what, { refusal, method, seen }] of Object.entries(EXPECTED)) {
    for (const [client, connect] of Object.entries(CLIENTS)) {
      test(`${what} is seen by ${client}, with the decision to ask for; the next call passes`, async () => {
        await using upstream = await startV2();
        const options = { upstream: new URL(upstream.url), server: { resource: RESOURCE } };
        await using proxy = await startProxy({ ...options, stages: refusing(refusal) });
        const driver = await connect(proxy.url);
        const answer = await see(driver.call(method));
        assert.partialDeepStrictEqual(answer, seen[client] ?? {});
        assert.doesNotMatch(answer.text, /secret detail/);
        assert.deepEqual(await upstream.calls(), []);
        proxy.reload({ stages: {} });
        assert.equal((await see(driver.call(method))).kind, 'result');
        await driver.close();
      });
    }
  }
});

suite('a legacy-only server', () => {
  test('is reached by a client that tries the modern era first', async () => {
    await using upstream = await startV2();
    await using proxy = await startProxy({
      upstream: new URL(upstream.url),
      server: { eras: 'legacy' },
      traits: { eras: 'legacy' },
    });
    const client = new ClientV2(INFO, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new TransportV2(proxy.url));
    assert.equal(proxy.heard.refusals[0]?.refusal.reason, 'mcp.version');
    assert.equal((await client.callTool(TOOL)).isError, undefined);
    await client.close();
  });
});
