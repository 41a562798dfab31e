import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { ReasonCode } from '../../call/reason.ts';
import type { StandIn } from '../../decision/stand-in.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../../kit/json.ts';
import type { FallbackSpec } from '../../policy/fallback-spec.ts';
import { createFallbacks, type FallbackFacts } from './create-fallbacks.ts';
import { ResultCache } from './result-cache.ts';

const BOTH = { open: true, failed: true };
const FIXED: FallbackSpec = {
  rule: 'fixed',
  on: BOTH,
  needsReply: true,
  source: { kind: 'static', members: '"content":[]' },
};
const KEPT: FallbackSpec = {
  rule: 'kept',
  on: BOTH,
  needsReply: true,
  source: { kind: 'cached', maxAgeMs: 1000, shared: false },
};
const SHARED: FallbackSpec = { ...KEPT, rule: 'shared', source: { kind: 'cached', maxAgeMs: 1000, shared: true } };
const OPEN = deny('availability', 'breaker.open');

class Bench {
  nowMs = 0;
  readonly errors: unknown[] = [];
  readonly fallbacks = createFallbacks<FallbackFacts>({
    cache: new ResultCache({ maxEntries: 10, maxBytes: 1e6, maxEntriesPerCaller: 10, maxBytesPerCaller: 1e6 }),
    clock: { monotonicMs: () => this.nowMs },
    onError: (error) => void this.errors.push(error),
  });

  keep(result: string, of: FallbackFacts): void {
    this.fallbacks.keep(Buffer.from(`{"jsonrpc":"2.0","id":1,"result":${result}}`), of);
  }

  open(of: FallbackFacts): StandIn | undefined {
    return this.fallbacks.refused(OPEN, of);
  }
}

interface Asked {
  readonly specs?: readonly FallbackSpec[];
  readonly principal?: string;
  readonly tenant?: string;
  readonly call?: Partial<Call>;
  readonly pin?: string;
  readonly kind?: 'token' | 'anonymous';
}

function asked({
  specs = [KEPT],
  principal = 'alice',
  tenant = 'acme',
  pin = 'p',
  kind = 'token',
  ...rest
}: Asked = {}) {
  return {
    ...facts,
    call: { ...call, argsDigest: () => 'digest', ...rest.call },
    identity: { kind, principal, tenant },
    target: { ...facts.target, pin },
    ruling: { ...facts.ruling, fallbacks: specs },
  } satisfies FallbackFacts;
}

function paramsOf(plain: object): JsonObject {
  const params = fromPlain(plain);
  return isJsonObject(params) ? params : assert.fail('no object');
}

function metaIn(standIn: StandIn | undefined): Record<string, unknown> {
  const result = JSON.parse(standIn?.result ?? '{}') as { _meta?: Record<string, unknown> };
  return result._meta ?? {};
}

suite('createFallbacks()', () => {
  test('puts a static result in the place of a refusal by the breaker, and marks it', () => {
    const found = new Bench().open(asked({ specs: [FIXED] }));
    assert.deepEqual(JSON.parse(found?.result ?? ''), {
      _meta: {
        'sallyport/fallback': {
          source: 'static',
          rule: 'fixed',
          reason: 'breaker.open',
          decision_id: call.decisionId,
        },
      },
      content: [],
    });
    const modern = new Bench().open(asked({ specs: [FIXED], call: { era: 'modern' } }));
    assert.match(modern?.result ?? '', /"resultType":"complete"/);
  });

  test('stands in for failures before an answer, and for nothing else', () => {
    const { fallbacks } = new Bench();
    const of = asked({ specs: [FIXED] });
    for (const reason of ['upstream.unreachable', 'upstream.timeout', 'upstream.cut', 'upstream.status'] as const)
      assert.equal(fallbacks.failed(reason, of)?.rule, 'fixed');
    for (const reason of ['reply.unreadable', 'upstream.credential', 'token.revoked', 'fault.internal'] as const)
      assert.equal(fallbacks.failed(reason, of), undefined);
    for (const refusal of [
      deny('policy', 'policy.denied'),
      deny('limit', 'limit.exceeded'),
      fault('policy', 'policy.error'),
    ])
      assert.equal(fallbacks.refused(refusal, of), undefined);
    assert.equal(fallbacks.refused(OPEN, {}), undefined);
  });

  test('heeds the occasions of a rule', () => {
    const { fallbacks } = new Bench();
    const onlyOpen = asked({ specs: [{ ...FIXED, on: { open: true, failed: false } }] });
    assert.equal(fallbacks.failed('upstream.timeout', onlyOpen), undefined);
    assert.equal(fallbacks.watches(onlyOpen), false);
    const onlyFailed = asked({ specs: [{ ...FIXED, on: { open: false, failed: true } }] });
    assert.equal(fallbacks.refused(OPEN, onlyFailed), undefined);
    assert.equal(fallbacks.watches(onlyFailed), true);
  });

  test('gives the last result of the same call with its age, until it is too old', () => {
    const bench = new Bench();
    bench.keep('{"content":[{"type":"text","text":"old"}]}', asked());
    bench.keep('{"content":[{"type":"text","text":"1.0"}],"n":1.0}', asked());
    bench.nowMs = 1000;
    const found = bench.open(asked());
    assert.equal(found?.ageMs, 1000);
    assert.match(found?.result ?? '', /"text":"1\.0"\}\],"n":1\.0\}$/);
    assert.deepEqual(metaIn(found)['sallyport/fallback'], {
      source: 'cached',
      rule: 'kept',
      reason: 'breaker.open',
      age_seconds: 1,
      decision_id: call.decisionId,
    });
    bench.nowMs = 1001;
    assert.equal(bench.open(asked()), undefined);
  });

  test('keeps what a result says of itself', () => {
    const bench = new Bench();
    for (const meta of ['{}', '{"a/b":1}', '{ "a/b" : { } }']) {
      bench.keep(`{"content":[],"_meta":${meta},"x":1}`, asked());
      const { 'sallyport/fallback': mark, ...rest } = metaIn(bench.open(asked()));
      assert.deepEqual(rest, JSON.parse(meta));
      assert.notEqual(mark, undefined);
    }
  });

  const others: Readonly<Record<string, Asked>> = {
    'another caller': { principal: 'bob' },
    'a caller of the same name in another tenant': { tenant: 'other' },
    'other arguments': { call: { argsDigest: () => 'other' } },
    'another definition of the tool': { pin: 'q' },
    'another server': { call: { server: 'mail' } },
    'the other era': { call: { era: 'modern' } },
    'a follow-up to a question': { call: { params: paramsOf({ name: 'x', requestState: 's' }) } },
    'a call that wants a task': { call: { params: paramsOf({ name: 'x', task: {} }) } },
  };
  for (const [name, other] of Object.entries(others)) {
    test(`gives nothing of it to ${name}`, () => {
      const bench = new Bench();
      bench.keep('{"content":[]}', asked());
      assert.notEqual(bench.open(asked()), undefined);
      assert.equal(bench.open(asked(other)), undefined);
      bench.keep('{"content":[1]}', asked(other));
      assert.match(bench.open(asked())?.result ?? '', /"content":\[\]/);
    });
  }

  test('gives one caller’s result to another only where the rule says that it is shared', () => {
    const bench = new Bench();
    bench.keep('{"content":[]}', asked({ specs: [SHARED] }));
    assert.equal(bench.open(asked({ specs: [SHARED], principal: 'bob' }))?.rule, 'shared');
    assert.equal(bench.open(asked({ specs: [KEPT] })), undefined);
  });

  test('keeps nothing for callers who cannot be told apart, unless it is shared', () => {
    const bench = new Bench();
    bench.keep('{"content":[]}', asked({ kind: 'anonymous' }));
    assert.equal(bench.open(asked({ kind: 'anonymous' })), undefined);
    bench.keep('{"content":[]}', asked({ kind: 'anonymous', specs: [SHARED] }));
    assert.notEqual(bench.open(asked({ kind: 'anonymous', specs: [SHARED] })), undefined);
  });

  test('takes the next rule when the first has nothing', () => {
    assert.equal(new Bench().open(asked({ specs: [KEPT, FIXED] }))?.rule, 'fixed');
  });

  const unlasting = [
    '{"content":[],"isError":true}',
    '{"content":[],"isError":"no"}',
    '{"content":[],"resultType":"input_required"}',
    '{"content":[],"requestState":"s"}',
    '{"task":{"taskId":"t"}}',
    '{"content":[],"_meta":{"sallyport/fallback":{}}}',
    '{"content":[],"_meta":null}',
    '{"content":[],"content":[]}',
    '[]',
  ];
  for (const result of unlasting) {
    test(`keeps nothing of ${result}`, () => {
      const bench = new Bench();
      bench.keep(result, asked());
      assert.equal(bench.open(asked()), undefined);
      assert.deepEqual(bench.errors, []);
    });
  }

  test('keeps nothing of an error, or of what cannot be read', () => {
    const bench = new Bench();
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}';
    for (const message of [error, '{', '']) bench.fallbacks.keep(Buffer.from(message), asked());
    assert.equal(bench.open(asked()), undefined);
  });

  test('says nothing when something breaks', () => {
    const bench = new Bench();
    const broken = asked({
      call: {
        argsDigest() {
          throw new Error('broken');
        },
      },
    });
    bench.keep('{"content":[]}', broken);
    assert.equal(bench.open(broken), undefined);
    assert.equal(bench.errors.length, 2);
  });

  test('names another server when no rule before it has something, and not for a call in a session', () => {
    const { fallbacks, ...bench } = new Bench();
    const other: FallbackSpec = { ...FIXED, rule: 'other', source: { kind: 'server', server: 'second' } };
    const elsewhere = (of: Asked, reason: ReasonCode = 'breaker.open') => fallbacks.elsewhere(reason, asked(of));
    assert.deepEqual(elsewhere({ specs: [KEPT, other, FIXED] }), {
      rule: 'other',
      server: 'second',
      reason: 'breaker.open',
    });
    assert.equal(elsewhere({ specs: [FIXED, other] }), undefined);
    assert.equal(elsewhere({ specs: [other] }, 'policy.denied'), undefined);
    const headers = [['mcp-session-id', 's']] as const;
    assert.equal(elsewhere({ specs: [other], call: { headers } }), undefined);
    assert.equal(fallbacks.failed('upstream.timeout', asked({ specs: [other, FIXED] }))?.rule, 'fixed');
    assert.deepEqual(bench.errors, []);
  });
});
