import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../../decision/facts.fixture.ts';
import { deny, fault, found } from '../../decision/verdict.ts';
import { exchange } from '../forward-auth/forward-auth.fixture.ts';
import { ALICE, EVALUATION, EVALUATIONS, QUESTION, startAuthzen } from './authzen.fixture.ts';

const BOB = { type: 'user', id: 'user:bob' };

/** Refuses the tool `no`, with all that a refusal tells. */
const REFUSING = {
  applyPolicy: ({ target }: { readonly target: { readonly kind: string; readonly name?: string } }) =>
    target.name === 'no'
      ? deny('policy', 'policy.arguments', { rule: 'r', argument: '/path', allowed: 'a path', message: 'm' }, 'secret')
      : found({ ...facts.ruling, limits: ['calls'] }),
};

function tool(id: string) {
  return { resource: { type: 'tool', id, properties: { server: 'files' } } };
}

function items(length: number): readonly object[] {
  return Array.from({ length }, () => ({}));
}

function decisions(body: string): readonly boolean[] {
  const { evaluations } = JSON.parse(body) as { readonly evaluations: readonly { readonly decision: boolean }[] };
  return evaluations.map(({ decision }) => decision);
}

suite('POST /access/v1/evaluation', () => {
  test('says that a call would be allowed, by which rules, and which limits would count', async () => {
    await using pdp = await startAuthzen({ stages: REFUSING });
    const { status, headers, body } = await pdp.post(EVALUATION, QUESTION);
    assert.deepEqual([status, headers.get('content-type')], [200, 'application/json']);
    assert.deepEqual(JSON.parse(body), {
      decision: true,
      context: { reason: 'would-allow', rules: ['files.read'], limits: ['calls'] },
    });
  });

  test('says why a call would be refused, and not what only the operator may know', async () => {
    await using pdp = await startAuthzen({ stages: REFUSING });
    const { status, body } = await pdp.post(EVALUATION, { ...QUESTION, ...tool('no') });
    assert.equal(status, 200);
    const { decision, context } = JSON.parse(body);
    assert.equal(decision, false);
    assert.deepEqual(
      { ...context, says: '' },
      {
        reason: 'policy.arguments',
        says: '',
        message: 'm',
        rule: 'r',
        argument: '/path',
        allowed: 'a path',
      },
    );
    assert.doesNotMatch(body, /secret/);
  });

  test('judges the very call: its target, arguments and credential', async () => {
    await using pdp = await startAuthzen();
    await pdp.post(EVALUATION, QUESTION);
    const [call] = pdp.judged;
    assert.deepEqual(call?.target, { kind: 'tool', name: 'read_file' });
    assert.deepEqual(call?.args, new Map([['path', '/a']]));
    assert.deepEqual([call?.server, call?.operation], ['files', 'tools/call']);
    assert.deepEqual(
      call?.headers.filter(([name]) => name === 'authorization'),
      ALICE,
    );
  });

  for (const [type, action, target] of [
    ['prompt', 'prompts/get', { kind: 'prompt', name: 'x' }],
    ['resource', 'resources/read', { kind: 'resource', uri: 'x' }],
    ['resource', 'resources/subscribe', { kind: 'resource', uri: 'x' }],
  ] as const) {
    test(`asks about ${action}`, async () => {
      await using pdp = await startAuthzen();
      const resource = { type, id: 'x', properties: { server: 'files' } };
      const { body } = await pdp.post(EVALUATION, { ...QUESTION, action: { name: action }, resource, context: {} });
      assert.equal(JSON.parse(body).decision, true);
      assert.deepEqual(pdp.judged[0]?.target, target);
    });
  }

  for (const [what, changes] of [
    ['an unknown action', { action: { name: 'tools/list' } }],
    ['an action of another type', { action: { name: 'prompts/get' } }],
    ['an inherited name', { action: { name: 'constructor' } }],
    ['an unknown type', { resource: { ...QUESTION.resource, type: '__proto__x' } }],
  ] as const) {
    test(`denies ${what}, unjudged`, async () => {
      await using pdp = await startAuthzen();
      const { status, body } = await pdp.post(EVALUATION, { ...QUESTION, ...changes });
      assert.deepEqual(
        [status, JSON.parse(body).decision, JSON.parse(body).context.reason],
        [200, false, 'rpc.method-unknown'],
      );
      assert.deepEqual(pdp.judged, []);
    });
  }

  test('denies what could not be read as a call', async () => {
    await using pdp = await startAuthzen({ assembly: { read: async () => deny('read', 'rpc.params', {}, 'secret') } });
    const { status, body } = await pdp.post(EVALUATION, QUESTION);
    assert.deepEqual([status, JSON.parse(body).decision, JSON.parse(body).context.reason], [200, false, 'rpc.params']);
    assert.doesNotMatch(body, /secret/);
  });

  test('answers 500, no decision, when it could not be told', async () => {
    for (const stages of [
      { applyPolicy: () => fault('policy', 'policy.error', new Error('inside')) },
      { checkTarget: () => assert.fail('thrown') },
    ]) {
      await using pdp = await startAuthzen({ stages });
      const { status, body } = await pdp.post(EVALUATION, QUESTION);
      assert.equal(status, 500);
      assert.equal(typeof JSON.parse(body), 'string');
      assert.doesNotMatch(body, /inside|thrown/);
    }
  });
});

suite('who may ask', () => {
  test('is told about calls of its own only', async () => {
    await using pdp = await startAuthzen();
    for (const body of [
      { ...QUESTION, subject: BOB },
      { ...QUESTION, subject: BOB, evaluations: [] },
    ]) {
      assert.equal((await pdp.post(EVALUATION, body)).status, 403);
    }
    const several = { ...QUESTION, evaluations: [{}, { subject: BOB }] };
    assert.equal((await pdp.post(EVALUATIONS, several)).status, 403);
    assert.deepEqual(pdp.judged, []);
  });

  test('cannot be someone else by what it says of the subject', async () => {
    await using pdp = await startAuthzen();
    const subject = { ...BOB, properties: { sub: 'user:alice' } };
    assert.equal((await pdp.post(EVALUATION, { ...QUESTION, subject })).status, 403);
    const twice = JSON.stringify(QUESTION).replace('"subject"', '"subject":{"type":"user","id":"user:bob"},"subject"');
    assert.equal((await pdp.post(EVALUATION, twice)).status, 400);
  });

  test('needs a token, and learns which', async () => {
    await using pdp = await startAuthzen();
    const { status, headers, body } = await pdp.post(EVALUATION, QUESTION, []);
    assert.equal(status, 401);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer .*resource_metadata=/);
    assert.equal(typeof JSON.parse(body), 'string');
  });

  test('is denied, item by item, what its token is not for', async () => {
    await using pdp = await startAuthzen();
    const mail = { resource: { type: 'tool', id: 'send', properties: { server: 'mail' } } };
    const { status, body } = await pdp.post(EVALUATIONS, { ...QUESTION, evaluations: [{}, mail] });
    assert.deepEqual([status, decisions(body)], [200, [true, false]]);
    assert.match(body, /token\.audience/);
    assert.equal((await pdp.post(EVALUATION, { ...QUESTION, ...mail })).status, 401);
  });

  test('is refused when the request names no server of ours', async () => {
    await using pdp = await startAuthzen();
    const resource = { ...QUESTION.resource, properties: { server: 'constructor' } };
    assert.equal((await pdp.post(EVALUATION, { ...QUESTION, resource })).status, 400);
  });
});

suite('POST /access/v1/evaluations', () => {
  const evaluations = [tool('a'), tool('no'), tool('b'), tool('no')];
  for (const [semantic, expected] of [
    ['execute_all', [true, false, true, false]],
    ['deny_on_first_deny', [true, false]],
    ['permit_on_first_permit', [true]],
  ] as const) {
    test(`ends the row as ${semantic} says`, async () => {
      await using pdp = await startAuthzen({ stages: REFUSING });
      const options = { evaluations_semantic: semantic };
      const { status, body } = await pdp.post(EVALUATIONS, { ...QUESTION, options, evaluations });
      assert.deepEqual([status, decisions(body)], [200, expected]);
      assert.equal(JSON.parse(body).decision, undefined);
    });
  }

  test('goes on to the first permit', async () => {
    await using pdp = await startAuthzen({ stages: REFUSING });
    const options = { evaluations_semantic: 'permit_on_first_permit' };
    const { body } = await pdp.post(EVALUATIONS, {
      ...QUESTION,
      options,
      evaluations: [tool('no'), tool('no'), tool('a'), {}],
    });
    assert.deepEqual(decisions(body), [false, false, true]);
  });

  test('denies an item that could not be told, and tells the others', async () => {
    await using pdp = await startAuthzen({
      stages: {
        applyPolicy: ({ target }) =>
          target.kind === 'tool' && target.name === 'no' ? fault('policy', 'policy.error') : found(facts.ruling),
      },
    });
    const { status, body } = await pdp.post(EVALUATIONS, { ...QUESTION, evaluations: [tool('no'), tool('a')] });
    assert.deepEqual([status, decisions(body)], [200, [false, true]]);
    assert.match(body, /"error":\{"status":500/);
  });

  test('answers one decision where no evaluations are listed', async () => {
    await using pdp = await startAuthzen();
    assert.equal(JSON.parse((await pdp.post(EVALUATIONS, QUESTION)).body).decision, true);
  });

  test('bounds how many there are, and how much a shared default is multiplied', async () => {
    await using pdp = await startAuthzen({ door: { maxEvaluations: 100 } });
    assert.equal((await pdp.post(EVALUATIONS, { ...QUESTION, evaluations: items(101) })).status, 400);
    const context = { arguments: { path: 'x'.repeat(50_000) } };
    assert.equal((await pdp.post(EVALUATIONS, { ...QUESTION, context, evaluations: items(100) })).status, 400);
    assert.deepEqual(pdp.judged, []);
  });
});

suite('an AuthZEN request', () => {
  test('gets its X-Request-ID back, with errors too', async () => {
    await using pdp = await startAuthzen();
    const id = ['x-request-id', 'bfe9eb29-ab87'] as const;
    for (const [body, headers] of [
      [QUESTION, [...ALICE, id]],
      [QUESTION, [id]],
      ['{', [id]],
    ] as const) {
      assert.equal((await pdp.post(EVALUATION, body, headers)).headers.get('x-request-id'), id[1]);
    }
  });

  test('is refused when its X-Request-ID cannot be said back', async () => {
    await using pdp = await startAuthzen();
    const twice = [
      ['x-request-id', 'a'],
      ['x-request-id', 'b'],
    ] as const;
    for (const ids of [twice, [['x-request-id', 'x'.repeat(300)]], [['x-request-id', '\u00e9']]] as const) {
      const { status, headers } = await pdp.post(EVALUATION, QUESTION, [...ALICE, ...ids]);
      assert.deepEqual([status, headers.has('x-request-id')], [400, false]);
    }
  });

  for (const [what, body, headers] of [
    ['no JSON', '{', [['content-type', 'application/json']]],
    ['nothing', '', [['content-type', 'application/json']]],
    ['a key twice', '{"subject":1,"subject":2}', [['content-type', 'application/json']]],
    ['too deep', '['.repeat(10_000), [['content-type', 'application/json']]],
    ['a number that is read in two ways', '{"a":1e400}', [['content-type', 'application/json']]],
    ['another type', '{}', [['content-type', 'text/plain']]],
    ['no type', '{}', []],
    [
      'two types',
      '{}',
      [
        ['content-type', 'application/json'],
        ['content-type', 'application/json'],
      ],
    ],
    [
      'compressed',
      '{}',
      [
        ['content-type', 'application/json'],
        ['content-encoding', 'gzip'],
      ],
    ],
  ] as const) {
    test(`with ${what} is a bad request`, async () => {
      await using pdp = await startAuthzen();
      const asked = { method: 'POST', target: EVALUATION, headers: [...headers, ...ALICE], body };
      const answer = await pdp.ask(asked);
      assert.equal(answer.status, 400);
      assert.equal(typeof JSON.parse(answer.body), 'string');
    });
  }

  test('is refused when its body is too large, or there is no place', async () => {
    await using pdp = await startAuthzen();
    assert.equal((await pdp.post(EVALUATION, 'x'.repeat(70_000))).status, 413);
    await using full = await startAuthzen({ assembly: { reserve: () => deny('admit', 'overload.busy') } });
    assert.equal((await full.post(EVALUATION, QUESTION)).status, 503);
  });

  for (const [what, line, host, status] of [
    ['for no endpoint', 'POST /nowhere', 'pdp.example', 404],
    ['of another type', `POST ${EVALUATION}`, 'pdp.example', 400],
    ['of another host', `POST ${EVALUATION}`, 'evil.example', 403],
  ] as const) {
    test(`${what} ends the connection rather than have a large body read that nobody looks at`, async () => {
      await using pdp = await startAuthzen();
      const head = `${line} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\ncontent-length: 1000000\r\n\r\n{`;
      const [answered = ''] = (await exchange(pdp.socketPath, head)).split('\r\n\r\n');
      assert.match(answered, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answered, /^connection: close$/im);
    });
  }

  test('finds two endpoints and the metadata, and nothing else', async () => {
    await using pdp = await startAuthzen();
    assert.equal((await pdp.post('/access/v1/search/subject', QUESTION)).status, 404);
    assert.equal((await pdp.post(`${EVALUATION}?x`, QUESTION)).status, 404);
    assert.equal((await pdp.ask({ target: EVALUATION })).status, 405);
    const metadata = await pdp.ask({ target: '/.well-known/authzen-configuration' });
    assert.equal(metadata.status, 200);
    assert.deepEqual(JSON.parse(metadata.body), {
      policy_decision_point: 'https://pdp.example',
      access_evaluation_endpoint: 'https://pdp.example/access/v1/evaluation',
      access_evaluations_endpoint: 'https://pdp.example/access/v1/evaluations',
    });
    await using unnamed = await startAuthzen({ door: { policyDecisionPoint: undefined } });
    assert.equal((await unnamed.ask({ target: '/.well-known/authzen-configuration', host: 'localhost' })).status, 404);
  });

  test('of a page from elsewhere is refused', async () => {
    await using pdp = await startAuthzen();
    const origin = ['origin', 'https://evil.example'] as const;
    assert.equal((await pdp.post(EVALUATION, QUESTION, [...ALICE, origin])).status, 403);
    assert.equal((await pdp.ask({ method: 'POST', target: EVALUATION, host: 'evil.example', body: '{}' })).status, 403);
  });
});
