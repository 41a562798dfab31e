import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Call } from '../../call/call.ts';
import { REASONS, type ReasonCode } from '../../call/reason.ts';
import { call, received } from '../../decision/facts.fixture.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { Reply } from './reply.ts';
import { writeRefusal } from './write-refusal.ts';

const REASON_CODES = Object.keys(REASONS) as ReasonCode[];
const RESOURCE = { identifier: 'https://tools.example/mcp', authorizationServers: [], scopes: ['files', 'mail'] };
const SERVER = { resource: RESOURCE, eras: 'both' } as const;

function answer(refusal: Refusal, about: Call | undefined): Reply & { readonly json: Record<string, unknown> } {
  const reply = writeRefusal({ received, refusal, call: about, server: SERVER });
  return { ...reply, json: JSON.parse(Buffer.from(reply.body).toString()) as Record<string, unknown> };
}

const refuse = (refusal: Refusal): ReturnType<typeof answer> => answer(refusal, call);

const header = ({ headers }: Reply, name: string): string | undefined => headers.find(([field]) => field === name)?.[1];

suite('writeRefusal()', () => {
  test('is never bare, never below 400 without an answer, and names the decision, for every reason and kind of call', () => {
    const kinds = fc.constantFrom<Call | undefined>(
      call,
      { ...call, era: 'modern', revision: '2026-07-28' },
      { ...call, operation: 'prompts/get', treatment: 'prompt' },
      { ...call, kind: 'notification', id: undefined, operation: 'notifications/cancelled', treatment: 'notification' },
      { ...call, kind: 'open-stream', id: undefined, operation: 'http/get-stream', treatment: 'stream' },
      undefined,
    );
    const detail = fc.record(
      { message: fc.string(), rule: fc.string(), argument: fc.string(), retryAfterMs: fc.double() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(kinds, fc.constantFrom(...REASON_CODES), detail, fc.boolean(), (about, reason, given, isFault) => {
        const refusal = isFault
          ? fault('policy', reason, new Error('secret'))
          : deny('policy', reason, given, 'secret');
        const reply = answer(refusal, about);
        assert.equal(header(reply, 'sallyport-decision-id'), received.decisionId);
        assert.equal(header(reply, 'content-type'), 'application/json');
        const text = Buffer.from(reply.body).toString();
        assert.match(text, new RegExp(received.decisionId));
        assert.doesNotMatch(text, /secret/);
        assert.equal(reply.json['jsonrpc'], '2.0');
        const answerable = about?.kind === 'request';
        assert.ok(reply.status >= 400 || (reply.status === 200 && answerable), String(reply.status));
        assert.equal(reply.json['id'], answerable ? about.id : undefined);
        assert.equal('error' in reply.json, !('result' in reply.json));
      }),
      { numRuns: 1000 },
    );
  });

  test('tells a model what it can act on', () => {
    const detail = { rule: 'files.read', argument: '/limit', allowed: 'at most 100', retryAfterMs: 1200 };
    const { json } = refuse(deny('policy', 'policy.arguments', detail));
    const { content, _meta } = json['result'] as { content: { text: string }[]; _meta: Record<string, unknown> };
    for (const part of ['/limit', 'at most 100', 'files.read', 'after 2 s', received.decisionId]) {
      assert.ok(content[0]?.text.includes(part), `${part} is not in ${content[0]?.text}`);
    }
    assert.partialDeepStrictEqual(_meta['sallyport/refusal'], { reason: 'policy.arguments', retry_after_seconds: 2 });
  });

  test('completes a result of the modern era, and only of that', () => {
    const modern = answer(deny('policy', 'policy.denied'), { ...call, era: 'modern', revision: '2026-07-28' });
    assert.partialDeepStrictEqual(modern.json['result'], { resultType: 'complete' });
    assert.equal('resultType' in (refuse(deny('policy', 'policy.denied')).json['result'] as object), false);
  });

  test('does not tell somebody else’s session from one that never was', () => {
    const [theirs, unknown] = [
      refuse(deny('handles', 'session.not-owner')),
      refuse(deny('handles', 'session.unknown')),
    ];
    assert.deepEqual(theirs.json, unknown.json);
    assert.deepEqual(theirs.headers, unknown.headers);
    assert.equal(theirs.status, unknown.status);
  });

  for (const [reason, challenge] of [
    [
      'token.missing',
      'Bearer scope="files mail", resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp"',
    ],
    [
      'token.expired',
      'Bearer error="invalid_token", error_description="The token has expired.", scope="files mail", ' +
        'resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp"',
    ],
    [
      'grant.not-covered',
      'Bearer error="insufficient_scope", error_description="The token does not grant this tool, prompt or resource.", ' +
        'scope="files mail", resource_metadata="https://tools.example/.well-known/oauth-protected-resource/mcp"',
    ],
    ['policy.denied', undefined],
    ['http.origin', undefined],
  ] as const) {
    test(`challenges ${reason} with ${challenge ?? 'nothing'}`, () => {
      assert.equal(header(refuse(deny('authenticate', reason)), 'www-authenticate'), challenge);
    });
  }

  test('answers under the id that reading made out, in the era that it made out', () => {
    const legacy: Refusal = { ...deny('read', 'rpc.method-unknown'), misread: { era: 'legacy', id: 'a' } };
    const modern: Refusal = { ...deny('read', 'rpc.method-unknown'), misread: { era: 'modern', id: 'a' } };
    const answers = [legacy, modern].map((refusal) => answer(refusal, undefined));
    assert.deepEqual(
      answers.map(({ status, json }) => [status, json['id'], (json['error'] as { code: number }).code]),
      [
        [200, 'a', -32601],
        [404, 'a', -32601],
      ],
    );
  });

  test('names the revisions that are read when one is not', () => {
    const refusal = deny('read', 'mcp.version');
    const reply = writeRefusal({ received, refusal, call: undefined, server: { ...SERVER, eras: 'legacy' } });
    const { error } = JSON.parse(Buffer.from(reply.body).toString()) as { error: { code: number; data: object } };
    assert.equal(error.code, -32022);
    assert.partialDeepStrictEqual(error.data, { supported: ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] });
  });

  test('keeps own codes out of the reserved range', () => {
    for (const reason of REASON_CODES) {
      const { json } = answer(deny('read', reason), { ...call, operation: 'prompts/get' });
      const { code } = json['error'] as { code: number };
      const standard = [-32700, -32600, -32601, -32602, -32020, -32022];
      assert.ok(standard.includes(code) || code > -32000, `${reason}: ${code}`);
    }
  });
});
