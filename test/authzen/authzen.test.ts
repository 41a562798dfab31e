import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../../src/audit/read-segments.ts';
import { freePort } from '../e2e/free-port.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { newIssuer, RESOURCE } from '../envoy/token-issuer.ts';
import { type RecordedUpstream, startRecorded } from '../envoy/recorded-upstream.ts';

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 5 } } }
  - { id: once, match: { tool: echo }, effect: limit, limit: { burst: 1, per_minute: 1, by: [principal] } }
  - { id: prompts, match: { prompt: "*" }, effect: allow }
`;

const issuer = newIssuer();

interface Decision {
  readonly decision: boolean;
  readonly context: { readonly reason: string; readonly rule?: string; readonly limits?: readonly string[] };
}

suite('AuthZEN on the core that judges calls', () => {
  let upstream: RecordedUpstream;
  let sallyport: StartedSallyport;
  let pdp: string;
  before(async () => {
    upstream = await startRecorded();
    const [agents, ask] = [await freePort(), await freePort()];
    pdp = `http://127.0.0.1:${ask}`;
    sallyport = await startSallyport({
      servers: { files: upstream.url },
      listeners: `{ agents: { bind: "127.0.0.1:${agents}" }, ask: { door: authzen, bind: "127.0.0.1:${ask}" } }`,
      serverLines: [`resource: ${RESOURCE}`, `hosts: ["127.0.0.1:${agents}"]`, 'era: modern'],
      policy: POLICY,
      files: issuer.files,
      more: issuer.more,
    });
    await upstream.forget();
  });
  after(async () => {
    await sallyport.close();
    await upstream.close();
  });

  const post = async (body: unknown, token?: string, path = '/access/v1/evaluation'): Promise<Response> =>
    await fetch(`${pdp}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });

  const question = (tool: string, args: object) => ({
    subject: { type: 'user', id: 'user:alice' },
    action: { name: 'tools/call' },
    resource: { type: 'tool', id: tool, properties: { server: 'files' } },
    context: { arguments: args },
  });

  const decide = async (tool: string, args: object, token?: string): Promise<Decision> => {
    const response = await post(question(tool, args), token ?? (await issuer.token()));
    assert.equal(response.status, 200);
    return (await response.json()) as Decision;
  };

  test('tells what would be decided, and by which rule', async () => {
    assert.deepEqual(await decide('echo', { text: 'hi' }), {
      decision: true,
      context: { reason: 'would-allow', rules: ['echo', 'once'], limits: ['once'] },
    });
    const refused = await decide('echo', { text: 'too long' });
    assert.deepEqual(
      [refused.decision, refused.context.reason, refused.context.rule],
      [false, 'policy.arguments', 'echo'],
    );
  });

  for (const [what, tool, args, reason] of [
    ['a tool that no rule allows', 'add', { a: 1, b: 2 }, 'policy.no-allow'],
    ['a tool that is not pinned', 'nothing', {}, 'tool.unknown'],
    ['arguments that the pinned schema does not take', 'echo', { text: 7 }, 'tool.arguments'],
    ['arguments that the pinned schema does not name', 'echo', { text: 'a', more: 1 }, 'tool.arguments'],
  ] as const) {
    test(`denies ${what}`, async () => {
      const { decision, context } = await decide(tool, args);
      assert.deepEqual([decision, context.reason], [false, reason]);
    });
  }

  test('denies what the token does not grant', async () => {
    const token = await issuer.token({ tools: ['add'] });
    assert.equal((await decide('echo', { text: 'hi' }, token)).context.reason, 'grant.not-covered');
  });

  test('speaks with the bearer of a good token only, and about nobody else', async () => {
    const alice = question('echo', { text: 'hi' });
    const bob = { ...alice, subject: { type: 'user', id: 'user:bob' } };
    for (const token of [
      undefined,
      'nonsense',
      await issuer.token({ ageS: 600 }),
      await issuer.token({ audience: 'https://other.example/files' }),
    ]) {
      const response = await post(alice, token);
      assert.equal(response.status, 401);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer /);
    }
    assert.equal((await post(bob, await issuer.token())).status, 403);
    const several = { ...alice, evaluations: [{}, { subject: bob.subject }] };
    assert.equal((await post(several, await issuer.token(), '/access/v1/evaluations')).status, 403);
    const bound = await issuer.token({ claims: { cnf: { 'x5t#S256': 'A'.repeat(43) } } });
    assert.equal((await post(alice, bound)).status, 401);
  });

  test('takes nothing: after a hundred questions the one call that is allowed passes', async () => {
    const token = await issuer.token();
    const asked = { ...question('echo', { text: 'hi' }), evaluations: Array.from({ length: 100 }, () => ({})) };
    const response = await post(asked, token, '/access/v1/evaluations');
    const { evaluations } = (await response.json()) as { readonly evaluations: readonly Decision[] };
    assert.equal(evaluations.filter(({ decision }) => decision).length, 100);
    const call = async (): Promise<string> => {
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const answer = await fetch(sallyport.url('files'), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept': 'application/json, text/event-stream',
          'authorization': `Bearer ${token}`,
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'echo',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'echo', arguments: { text: 'hi' }, _meta },
        }),
      });
      return await answer.text();
    };
    assert.doesNotMatch(await call(), /isError":true/);
    assert.match(await call(), /limit\.exceeded/);
    // The limit is spent, and asking still tells what the rules say: it does not ask the limits.
    assert.equal((await decide('echo', { text: 'hi' }, token)).decision, true);
  });

  test('leaves no record of questions, and asks no tool server', async () => {
    const seen = upstream.seen.length;
    const first = await refusedAtTheProxy();
    const token = await issuer.token();
    await post(question('echo', { text: 'hi' }), token);
    await post(question('add', {}), token);
    await post(question('add', {}));
    assert.equal(upstream.seen.length, seen);
    const last = await refusedAtTheProxy();
    const ids = await recorded();
    assert.deepEqual(ids.slice(ids.indexOf(first)), [first, last]);
  });

  /** Has a call refused, and waits for its record, which is behind all that came before. @returns Its decision. */
  async function refusedAtTheProxy(): Promise<string> {
    const refused = await fetch(sallyport.url('files'), { method: 'POST' });
    const id = refused.headers.get('sallyport-decision-id') ?? '';
    for (let left = 1200; left > 0 && !(await recorded()).includes(id); left -= 1) await pause(25);
    return id;
  }

  /** The decisions in the record, in order. */
  async function recorded(): Promise<readonly string[]> {
    const items = await Array.fromAsync(readSegments(join(sallyport.folder, '.sallyport/record')));
    return items.flatMap((item) =>
      item.kind === 'record' ? [String((item.record.data as { decision_id?: string }).decision_id)] : [],
    );
  }
});
