import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  checkResourceAllowed,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/client';
import { check } from '../../src/cli/check.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ProblemsError } from '../../src/kit/problem.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { callTool, openAgent, send, withHeaders } from './agent.ts';
import { freePort } from './free-port.ts';
import { ANY_ARGUMENTS } from './issuer.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

/** Rule sets in which nothing says allow. */
const WITHOUT_ALLOW: Readonly<Record<string, string>> = {
  'no rule at all': policyOf(),
  'a rule that denies something else': policyOf('{ id: d, match: { tool: add }, effect: deny }'),
  'a requirement that holds': policyOf(
    '{ id: r, match: { tool: echo }, effect: require, args: { text: { c: wildcard } } }',
  ),
  'a limit that is not reached': policyOf(
    '{ id: l, match: { tool: echo }, effect: limit, limit: { burst: 9, per_second: 9 } }',
  ),
  'an allow in shadow': policyOf('{ id: s, match: { tool: echo }, effect: allow, mode: shadow }'),
  'an allow of something else': policyOf('{ id: a, match: { tool: add }, effect: allow }'),
};

for (const carrier of CARRIERS) {
  suite(`rules without one that allows (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let guarded: Guarded;
    before(async () => {
      upstream = await startV2();
      guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
    });
    after(async () => {
      await guarded.close();
      await upstream.close();
    });

    for (const [what, policy] of Object.entries(WITHOUT_ALLOW)) {
      for (const era of ['legacy', 'modern'] as const) {
        test(`deny: ${what} (${era})`, async () => {
          assert.equal(await guarded.put('policy.yaml', policy), 'swapped');
          const alice = await openAgent(guarded, era, 'user:alice');
          const { status, reason } = await callTool(alice, 'echo', { text: 'hi' });
          assert.deepEqual([status, reason], [200, 'policy.no-allow']);
          const prompt = await send(alice, 'prompts/get', { name: 'greet', arguments: { name: 'Ada' } });
          assert.equal(prompt.reason, 'policy.no-allow');
          assert.deepEqual(await upstream.calls(), []);
          const names = (await send(alice, 'tools/list')).messages.at(-1)?.result.tools.map(({ name }: Named) => name);
          assert.ok(!names.includes('echo'), names.join());
        });
      }
    }
  });
}

interface Named {
  readonly name: string;
}

suite('a configuration that says nothing about it', () => {
  /** What `serve` would say of a configuration of these lines; empty when it would start. */
  async function problems(folder: string, ...lines: readonly string[]): Promise<string> {
    const file = join(folder, 'candidate.yaml');
    await writeFile(file, lines.join('\n'));
    return check(file, listeningIo()).then(
      () => '',
      (error: unknown) => (error instanceof ProblemsError ? error.message : assert.fail(String(error))),
    );
  }
  const server = (...fields: readonly string[]) =>
    `servers: { tools: { route: /tools, upstream: "http://127.0.0.1:9/mcp", pins: pins/tools.json${fields.map((field) => `, ${field}`).join('')} } }`;
  const ISSUERS = 'authenticate: { issuers: [{ issuer: "https://i.example", jwks: { file: jwks.json } }] }';
  const RESOURCE = 'resource: "http://127.0.0.1/tools"';

  test('listens on loopback only, asks for tokens, and allows nothing', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ servers: { tools: upstream.url } });
    const { folder } = guarded;
    assert.equal(await problems(folder, server(RESOURCE), ISSUERS), '');
    const { config } = await loadConfig(join(folder, 'candidate.yaml'));
    const [[name, listener] = assert.fail(), ...others] = Object.entries(config.listeners);
    assert.ok(listener.door === 'proxy');
    assert.deepEqual([name, listener.bind, listener.plaintext, others], ['agents', '127.0.0.1:8700', false, []]);
    const { identity, capability, origins, allow_methods: methods } = config.servers['tools'] ?? assert.fail();
    assert.deepEqual([identity, capability, origins, methods], ['token', 'token', [], []]);
    assert.deepEqual(config.policies, []);

    assert.match(await problems(folder, server(), ISSUERS), /resource/);
    assert.match(await problems(folder, server(RESOURCE)), /callers need a token, and no issuer/);
    assert.match(await problems(folder, server(RESOURCE, 'identity: optional'), ISSUERS), /identity/);
    const open = 'listeners: { agents: { bind: "0.0.0.0:8700" } }';
    assert.match(
      await problems(folder, open, server(RESOURCE), ISSUERS),
      /can be reached from other hosts without TLS/,
    );
  });
});

for (const carrier of CARRIERS) {
  suite(`a server that asks for tokens (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let guarded: Guarded;
    before(async () => {
      upstream = await startV2();
      const port = await freePort();
      guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        port,
        resource: (name) => `http://127.0.0.1:${port}/${name}`,
        lines: { tools: ['scopes: [tools.use]'] },
      });
    });
    after(async () => {
      await guarded.close();
      await upstream.close();
    });

    for (const era of ['legacy', 'modern'] as const) {
      test(`answers a call without one with 401 and where to get it (${era})`, async () => {
        const alice = await openAgent(guarded, era, 'user:alice');
        const nobody = { ...alice, headers: alice.headers.filter(([name]) => name !== 'authorization') };
        const { status, reason, headers, messages } = await callTool(nobody, 'echo', { text: 'hi' });
        assert.deepEqual([status, reason, messages[0]?.id], [401, 'token.missing', 7]);
        // RFC 6750 §3.1: no error code for who sent no credential.
        assert.equal(
          headers.get('www-authenticate'),
          `Bearer scope="tools.use", resource_metadata="${metadataUrl(guarded)}"`,
        );
        assert.deepEqual(await upstream.calls(), []);
      });

      test(`answers one that is no good with invalid_token, and one that grants too little with insufficient_scope (${era})`, async () => {
        const alice = await openAgent(guarded, era, 'user:alice', { tools: { echo: ANY_ARGUMENTS } });
        for (const credential of ['Bearer x', 'Bearer a.b.c', 'Basic YTpi', 'Bearer']) {
          const refused = await callTool(withHeaders(alice, { authorization: credential }), 'echo', { text: 'hi' });
          assert.equal(refused.status, 401);
          assert.match(
            refused.headers.get('www-authenticate') ?? '',
            /^Bearer error="invalid_token", .*resource_metadata=/,
          );
        }
        const { status, reason, headers } = await callTool(alice, 'add', { a: 1, b: 2 });
        assert.deepEqual([status, reason], [403, 'grant.not-covered']);
        assert.match(headers.get('www-authenticate') ?? '', /^Bearer error="insufficient_scope", .*scope="tools\.use"/);
        assert.deepEqual(await upstream.calls(), []);
      });
    }

    test('is one that the official client finds the authorization server of', async () => {
      const refused = await fetch(guarded.url(), { headers: { accept: 'text/event-stream' } });
      const { resourceMetadataUrl = assert.fail(), scope } = extractWWWAuthenticateParams(refused);
      assert.equal(scope, 'tools.use');
      const metadata = await discoverOAuthProtectedResourceMetadata(guarded.url(), { resourceMetadataUrl });
      assert.deepEqual(metadata, {
        resource: guarded.resource(),
        authorization_servers: [guarded.issuer.name],
        bearer_methods_supported: ['header'],
        scopes_supported: ['tools.use'],
      });
      const allowed = { requestedResource: new URL(guarded.url()), configuredResource: metadata.resource };
      assert.ok(checkResourceAllowed(allowed));
      // Without the challenge the client guesses the same place.
      assert.deepEqual(await discoverOAuthProtectedResourceMetadata(guarded.url()), metadata);
    });
  });
}

function metadataUrl(guarded: Guarded): string {
  const { origin, pathname } = new URL(guarded.url());
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
}
