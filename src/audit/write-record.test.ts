import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { deny, fault } from '../decision/verdict.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import { fromPlain, type JsonValue } from '../kit/json.ts';
import type { ArgumentMasks } from './argument-masks.ts';
import { clearedFacts, readCall, receivedExchange } from './facts.fixture.ts';
import { numbered, recordText } from './record-text.ts';
import {
  gapData,
  intentData,
  operatorData,
  outcomeData,
  passthroughData,
  recoveryData,
  refusalData,
} from './write-record.ts';

const ID = '0198c2f0-0000-7000-8000-000000000001';
const noRules = { maxLength: 4096 };

function assertCanonical(text: string): void {
  assert.equal(text, canonicalJson(fromPlain(JSON.parse(text))));
}

function masking(isMasked: (pointer: string) => boolean): ArgumentMasks {
  return {
    omission: (pointer) => (isMasked(pointer) ? '{"class":"secret","why":"masked"}' : undefined),
    hidesDigest: true,
    keyedDigest: 'e'.repeat(64),
  };
}

/** Names and texts as a hostile caller, an issuer or an operator may choose them. */
const anyText = fc.string({ unit: 'binary', maxLength: 2000 }).map((text) => text.toWellFormed());
const anyPointers = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  .map((plain) => new Map(Object.entries(plain).map(([key, value]) => [key, fromPlain(value)] as const)));

suite('intentData()', () => {
  test('is canonical JSON whatever the arguments that rules read', () => {
    fc.assert(
      fc.property(anyPointers, fc.nat(200), (values, maxLength) => {
        assertCanonical(
          intentData(clearedFacts(ID, values), { maxLength, masks: masking((pointer) => pointer.length === 3) }),
        );
      }),
    );
  });

  test('is canonical JSON whatever the issuer wrote into the token', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const facts = clearedFacts(ID);
        const identity = { ...facts.identity, subject: text, principal: text, issuer: text };
        assertCanonical(intentData({ ...facts, identity }, noRules));
      }),
    );
  });

  test('is canonical JSON with what is kept of the arguments, and then has no digest by which they could be guessed', () => {
    const values = new Map<string, JsonValue>([['/path', 'x'.repeat(100)]]);
    for (const payload of [
      { bytes: 12, commitment: 'e'.repeat(64), kept: 'whole' },
      { bytes: 0, kept: 'no' },
    ] as const) {
      const text = intentData(clearedFacts(ID, values), { ...noRules, maxLength: 10 }, payload);
      assertCanonical(text);
      const { arguments_payload: kept, arguments_sha256: digest } = JSON.parse(text);
      assert.deepEqual([kept, digest], [payload, undefined]);
    }
  });

  test('has what a replay needs', () => {
    const values = new Map<string, JsonValue>([
      ['/path', '/workspace/a.txt'],
      ['/limit', 10],
    ]);
    assert.deepEqual(JSON.parse(intentData(clearedFacts(ID, values), noRules)), {
      argument_names: ['password'],
      arguments: { '/limit': 10, '/path': '/workspace/a.txt' },
      arguments_sha256: 'd'.repeat(64),
      caller: {
        actor: 'agent-7',
        certificate_sha256: 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2',
        client_id: 'report-bot',
        expires_at: '2027-01-15T08:05:00.000Z',
        issuer: 'https://idp.example',
        kind: 'token',
        principal: 'https://idp.example|alice|agent-7',
        spiffe_id: 'spiffe://acme/agent/report',
        subject: 'alice',
        tenant: 'acme',
        token_id: 'jti-1',
        transaction: 'txn-1',
      },
      catalogue_sha256: 'b'.repeat(64),
      credential: 'header',
      decision_id: ID,
      era: 'legacy',
      grant: 'token',
      kind: 'request',
      limits: [{ cost: 1, limit: 'per-agent', remaining: 9.5 }],
      method: 'tools/call',
      operation: 'tools/call',
      peer: { address: '127.0.0.1' },
      policy_sha256: 'a'.repeat(64),
      received_at: '2027-01-15T08:00:00.000Z',
      revision: '2025-11-25',
      rules: ['files.read', 'files.workspace'],
      server: 'files',
      session_sha256: sha256Hex('upstream-session-secret'),
      shadow: [{ rule: 'files.strict', would: 'deny' }],
      target: { kind: 'tool', name: 'read_file' },
      tool: { durability: 'bounded', effects: ['read'], pin_sha256: 'c'.repeat(64) },
      verdict: 'allow',
    });
  });

  test('holds no token, no upstream credential, no session and no argument that rules did not read', () => {
    assert.doesNotMatch(intentData(clearedFacts(ID), noRules), /secret/);
  });

  test('names a value that is too long by its digest', () => {
    const text = JSON.stringify('x'.repeat(50));
    const values = new Map([['/content', 'x'.repeat(50)]]);
    const { arguments: kept, arguments_omitted: omitted } = JSON.parse(
      intentData(clearedFacts(ID, values), { ...noRules, maxLength: 40 }),
    );
    assert.deepEqual(kept, {});
    assert.deepEqual(omitted, { '/content': { bytes: 52, sha256: sha256Hex(text), why: 'length' } });
  });

  test('keeps a masked value and every digest of it out', () => {
    const values = new Map([['/pin', '1234']]);
    const data = JSON.parse(intentData(clearedFacts(ID, values), { ...noRules, masks: masking(() => true) }));
    assert.deepEqual(data.arguments_omitted, { '/pin': { class: 'secret', why: 'masked' } });
    assert.equal(data.arguments_sha256, undefined);
    assert.equal(data.arguments_sha256_keyed, 'e'.repeat(64));
  });

  test('stays small when every argument is as long as is allowed', () => {
    const values = new Map(Array.from({ length: 100 }, (_, index) => [`/a${index}`, 'x'.repeat(4000)] as const));
    assert.ok(intentData(clearedFacts(ID, values), noRules).length < 64 * 1024);
  });
});

suite('refusalData()', () => {
  test('is canonical JSON with nothing known but the exchange', () => {
    const text = refusalData(receivedExchange(ID), deny('read', 'json.syntax'), {}, noRules);
    assertCanonical(text);
    assert.deepEqual(JSON.parse(text), {
      body_bytes: 900,
      decision_id: ID,
      http_method: 'POST',
      peer: { address: '127.0.0.1' },
      reason: 'json.syntax',
      received_at: '2027-01-15T08:00:00.000Z',
      server: 'files',
      stage: 'read',
      verdict: 'deny',
    });
  });

  test('is canonical JSON with everything known and hostile texts', () => {
    fc.assert(
      fc.property(anyText, anyPointers, (text, values) => {
        const detail = { message: text, rule: text, argument: text, allowed: text, retryAfterMs: 1500 };
        const known = {
          ...clearedFacts(ID, values),
          call: { ...readCall(ID), method: text, target: { kind: 'tool', name: text } as const },
        };
        const refusal = deny('policy', 'policy.arguments', detail, text);
        assertCanonical(refusalData(receivedExchange(ID), refusal, known, noRules));
      }),
    );
  });

  test('keeps the operator detail of a fault and no secret', () => {
    const refusal = fault('policy', 'fault.internal', new TypeError('boom'));
    const text = refusalData(receivedExchange(ID), refusal, { call: readCall(ID) }, noRules);
    assert.equal(JSON.parse(text).operator_detail, 'TypeError: boom');
    assert.doesNotMatch(text, /secret/);
  });

  test('bounds a hostile method, target and address', () => {
    const long = 'x'.repeat(1_000_000);
    const call = { ...readCall(ID), method: long, target: { kind: 'resource', uri: long } as const };
    const received = { ...receivedExchange(ID), peer: { address: long }, httpMethod: long };
    assert.ok(refusalData(received, deny('policy', 'policy.arguments'), { call }, noRules).length < 8192);
  });

  test('says what stood in for it', () => {
    const standIn = { rule: 'fixed', source: 'static', result: '{}' } as const;
    const data = refusalData(receivedExchange(ID), { ...deny('availability', 'breaker.open'), standIn }, {}, noRules);
    assertCanonical(data);
    assert.match(data, /"fallback":\{"rule":"fixed","source":"static"\}/);
  });

  test('leaves out a wait that never ends', () => {
    const refusal = deny('limit', 'limit.exceeded', { retryAfterMs: Number.POSITIVE_INFINITY });
    assert.doesNotMatch(refusalData(receivedExchange(ID), refusal, {}, noRules), /retry_after_ms/);
  });
});

suite('outcomeData(), operatorData(), passthroughData(), gapData(), recoveryData()', () => {
  test('are canonical JSON', () => {
    fc.assert(
      fc.property(anyText, fc.double(), fc.nat(), (text, duration, count) => {
        assertCanonical(
          outcomeData({
            decisionId: ID,
            kind: 'replaced',
            httpStatus: 200,
            toolError: true,
            rpcErrorCode: -32_000,
            durationMs: duration,
            replyBytes: count,
            attempts: count,
            standIn: { rule: text, source: 'cached', ageMs: count },
            operatorDetail: text,
            costs: new Map([['rule', count]]),
            tokens: { input: count, output: 0, cacheRead: count, cacheWrite: 1 },
          }),
        );
        const outcome = { decisionId: ID, kind: 'answered', durationMs: duration, replyBytes: count } as const;
        assertCanonical(
          outcomeData({ ...outcome, rpcErrorCode: 1 }, { bytes: count, commitment: 'e', kept: 'too_long' }),
        );
        assertCanonical(
          operatorData({
            action: 'budget.grant',
            amount: count,
            budget: text,
            kind: 'calls',
            name: 'r',
            was: 1,
            why: text,
          }),
        );
        assertCanonical(
          operatorData({ action: 'breaker.set', server: 's', state: 'closed', tool: text, was: 'open', why: text }),
        );
        assertCanonical(
          passthroughData({
            received: { ...receivedExchange(ID), httpMethod: text, peer: { address: text } },
            route: text,
            path: text,
            identity: clearedFacts(ID).identity,
          }),
        );
        assertCanonical(gapData({ lost: { refusal: count, outcome: 1 }, since: '', until: '', why: text }));
        assertCanonical(recoveryData({ bytes: count, did: 'cut', found: 'torn', offset: 1, segment: 'segment' }));
      }),
    );
  });
});

suite('passthroughData()', () => {
  test('keeps the query out, which may hold a secret', () => {
    const exchange = { received: receivedExchange(ID), route: 'docs', path: '/docs/a?token=secret' };
    assert.deepEqual(JSON.parse(passthroughData(exchange)), {
      decision_id: ID,
      http_method: 'POST',
      path: '/docs/a',
      peer: { address: '127.0.0.1' },
      received_at: '2027-01-15T08:00:00.000Z',
      route: 'docs',
    });
  });
});

suite('recordText()', () => {
  test('is canonical JSON once it is numbered', () => {
    fc.assert(
      fc.property(anyText, fc.maxSafeNat(), fc.double(), (text, sequence, timeMs) => {
        const envelope = { kind: 'intent', id: text, source: text, timeMs } as const;
        assertCanonical(numbered(recordText(envelope, '{"a":1}'), sequence));
      }),
    );
  });

  test('writes a CloudEvent', () => {
    const text = recordText({ kind: 'outcome', id: 'x/outcome', source: 'sallyport/a', timeMs: 0 }, '{}');
    assert.deepEqual(JSON.parse(numbered(text, 7)), {
      data: {},
      datacontenttype: 'application/json',
      id: 'x/outcome',
      sequence: '0000000000000007',
      source: 'sallyport/a',
      specversion: '1.0',
      time: '1970-01-01T00:00:00.000Z',
      type: 'dev.sallyport.call.outcome.v1',
    });
  });
});
