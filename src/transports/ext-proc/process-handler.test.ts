import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HeaderList } from '../../call/received.ts';
import { call as anyCall, findingStages } from '../../decision/facts.fixture.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { GrpcError } from '../grpc/grpc-error.ts';
import { scriptedJudge } from '../reply/reply-exchange.fixture.ts';
import {
  ANSWER,
  EVENTS,
  type Beside,
  type FakeCall,
  fakeCall,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
  type Told,
  trailers,
} from './envoy-messages.fixture.ts';
import { type FakeDoor, fakeDoor } from './process-door.fixture.ts';
import { createProcessHandler, type ProcessDoor } from './process-handler.ts';

const POST: HeaderList = [
  [':method', 'POST'],
  [':path', '/files'],
  [':authority', '127.0.0.1:8800'],
  [':scheme', 'http'],
  ['content-type', 'application/json'],
  ['accept-encoding', 'gzip'],
  ['content-length', '2'],
];
const GET: HeaderList = [...POST.slice(1, 4), [':method', 'GET']];
const JSON_REPLY: HeaderList = [
  [':status', '200'],
  ['content-type', 'application/json'],
  ['set-cookie', 'a=b'],
  ['content-length', '36'],
];
const EVENT = `data: ${ANSWER}\n\n`;
const PROGRESS = 'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n';

/** One exchange with a door, and how its stream ended. */
interface Run {
  readonly call: FakeCall;
  readonly ended: Promise<unknown>;
}

function run(door: FakeDoor, wiring: ProcessDoor['wiring'] = 'inspect'): Run {
  const call = fakeCall();
  const ended = createProcessHandler({ ...door, wiring })(call).then(
    () => 'OK',
    (error: unknown) => error,
  );
  return { call, ended };
}

/** Says all of `messages`, each when the one before was answered, and what came of it. */
async function say(
  door: FakeDoor,
  wiring: ProcessDoor['wiring'],
  messages: readonly Uint8Array[],
): Promise<readonly Told[]> {
  const { call } = run(door, wiring);
  for (const [index, message] of messages.entries()) {
    call.say(message);
    await call.until(index + 1);
  }
  return call.told();
}

const first = (headers: HeaderList = POST, endOfStream = false, beside: Beside = {}): Uint8Array =>
  requestHeaders(headers, endOfStream, beside);

suite('createProcessHandler() that decides', () => {
  test('holds a request until its body was seen, and lets it pass with other header fields', async () => {
    const door = fakeDoor();
    const [held, passed] = await say(door, 'inspect', [first(), requestBody('{}')]);
    assert.deepEqual([held?.kind, held?.set, held?.remove], ['request_headers', {}, []]);
    assert.equal(passed?.kind, 'request_body');
    assert.deepEqual(passed?.remove, ['accept-encoding']);
    assert.ok(passed?.set['sallyport-decision-id']);
    assert.match(passed?.metadata ?? '', /decision_id.*allowed/);
    assert.deepEqual(door.heard, ['intent']);
  });

  test('decides by the configuration that is in force once the body has come', async () => {
    for (const [servers, kind, heard] of [
      [undefined, 'request_body', 'intent'],
      [new Map(), 'immediate_response', 'deny admit http.route'],
    ] as const) {
      const door = fakeDoor();
      const now = door.current();
      let current = { ...now, superseded: AbortSignal.abort() };
      const { call } = run({ ...door, current: () => current });
      call.say(first());
      await call.until(1);
      current = { ...now, servers: servers ?? now.servers };
      call.say(requestBody('{}'));
      const [, answered] = await call.until(2);
      assert.equal(answered?.kind, kind);
      assert.deepEqual(door.heard, [heard]);
    }
  });

  test('decides about a request without a body by its headers', async () => {
    const door = fakeDoor({ call: { kind: 'open-stream', treatment: 'stream', operation: 'http/get-stream' } });
    const [passed] = await say(door, 'inspect', [first(GET, true)]);
    assert.equal(passed?.kind, 'request_headers');
    assert.ok(passed?.set['sallyport-decision-id']);
    assert.deepEqual(door.heard, ['intent']);
  });

  test('answers what it refuses in place of the tool server, and then says nothing more', async () => {
    for (const [refusal, status] of [
      [deny('policy', 'policy.denied'), 200],
      [deny('authenticate', 'token.missing'), 401],
      [fault('policy', 'policy.error'), 503],
    ] as const) {
      const door = fakeDoor({ assembly: { stages: { ...findingStages, applyPolicy: () => refusal } } });
      const { call, ended } = run(door);
      call.say(first());
      call.say(requestBody('{}'));
      call.say(responseHeaders(JSON_REPLY, false));
      const [, refused, ...more] = await call.until(3);
      assert.deepEqual([refused?.kind, refused?.status, more], ['immediate_response', status, []]);
      assert.match(refused?.text ?? '', new RegExp(refusal.reason));
      assert.equal(await ended, 'OK');
    }
  });

  const dialled: HeaderList = POST.map(([name, value]) => [name, name === ':authority' ? 'localhost:20003' : value]);
  test('takes the server from what was dialled, where the listener says so', async () => {
    for (const route of ['tools', 'files']) {
      const door = fakeDoor({ serverFrom: 'original_destination' });
      const [held, passed] = await say(door, 'inspect', [
        first(dialled, false, { route, destination: '10.99.0.1:20003' }),
        requestBody('{}'),
      ]);
      assert.deepEqual([held?.kind, passed?.kind], ['request_headers', 'request_body']);
    }
  });

  for (const [what, destination, headers, reason] of [
    ['that is no server’s', '10.99.0.2:20003', dialled, 'http.route'],
    ['of another port', '10.99.0.1:20004', dialled, 'http.route'],
    ['of Envoy itself', '127.0.0.1:8800', POST, 'http.route'],
    ['that is none', 'agent.internal:8800', POST, 'http.route'],
    ['under the Host of another', '10.99.0.1:20003', POST, 'http.host'],
  ] as const) {
    test(`refuses a call to an address ${what}`, async () => {
      const door = fakeDoor({ serverFrom: 'original_destination' });
      const [told] = await say(door, 'inspect', [first(headers, false, { destination })]);
      assert.equal(told?.kind, 'immediate_response');
      assert.match(told?.text ?? '', new RegExp(`Reason ${reason}`));
    });
  }

  const misasked: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['no route of ours', [first(POST, false, { route: 'other' })], 'http.route'],
    ['the name of what every object has', [first(POST, false, { route: 'constructor' })], 'http.route'],
    ['another path', [first([...POST, [':path', '/admin']])], 'http.route'],
    ['another Host', [first(POST.map(([n, v]) => [n, n === ':authority' ? 'evil.example' : v]))], 'http.host'],
    ['two Hosts', [first([...POST, ['host', '127.0.0.1']])], 'http.framing'],
    ['another Origin', [first([...POST, ['origin', 'https://evil.example']])], 'http.origin'],
    ['a body with GET', [first(GET, false)], 'http.framing'],
    ['no body where it says one', [first(POST, true)], 'http.framing'],
    ['another body than it says', [first(), requestBody('{ }')], 'http.framing'],
    ['a body that is too large', [first(), requestBody('x'.repeat(1001))], 'body.too-large'],
    ['trailers behind its body', [first(), requestBody('{}', false)], 'http.framing'],
    ['trailers in place of its body', [first(), trailers('request')], 'fault.internal'],
    ['two headers', [first(), first()], 'fault.internal'],
    ['a body before its headers', [requestBody('{}')], 'fault.internal'],
    ['a reply before its request', [responseHeaders(JSON_REPLY, false)], 'fault.internal'],
    ['a reply before its body', [first(), responseHeaders(JSON_REPLY, false)], 'fault.internal'],
    ['bytes that are no message', [Buffer.from([0xff, 0xff])], 'fault.internal'],
    ['no word of how bodies come', [first(POST, false, { protocol: null })], 'fault.internal'],
    ...[
      { response_body_mode: 2 },
      { request_body_mode: 2 },
      { request_body_mode: 3, response_body_mode: 2 },
      { request_body_mode: 4, response_body_mode: 2 },
      { request_body_mode: 2, response_body_mode: 1 },
      { request_body_mode: 2, response_body_mode: 2, send_body_without_waiting_for_header_response: true },
    ].map(
      (protocol) =>
        [
          `bodies that come as ${JSON.stringify(protocol)}`,
          [first(POST, false, { protocol })],
          'fault.internal',
        ] as const,
    ),
    ['a certificate that is none', [first(POST, false, { certificate: 'no PEM' })], 'fault.internal'],
  ];
  for (const [what, messages, reason] of misasked) {
    test(`refuses a request with ${what}`, async () => {
      const door = fakeDoor();
      const told = await say(door, 'inspect', messages);
      assert.equal(told.length, messages.length);
      assert.equal(told.at(-1)?.kind, 'immediate_response');
      assert.match(told.at(-1)?.text ?? '', new RegExp(`Reason ${reason}`));
      assert.match(door.heard.join(), new RegExp(`^(deny|fault) admit ${reason}$`));
    });
  }

  test('ends a stream with an error that Envoy only listens to', async () => {
    const { call, ended } = run(fakeDoor());
    call.say(first(POST, false, { observability: true }));
    assert.ok((await ended) instanceof GrpcError);
    assert.deepEqual(call.sent, []);
  });

  test('lets pass what Envoy itself says to a request that was not let pass', async () => {
    const door = fakeDoor();
    const own = responseHeaders([[':status', '413']], false, { codeDetails: 'request_payload_too_large' });
    const [, passed] = await say(door, 'inspect', [first(), own]);
    assert.deepEqual([passed?.kind, passed?.responseBodyMode], ['response_headers', 'NONE']);
    assert.deepEqual(door.heard, []);
  });

  test('changes only what is to be changed of a body', async () => {
    const body = '{"params":{"state":"sealed"} }';
    const edits = [{ path: ['params', 'state'], value: 'open' }];
    const door = fakeDoor({
      facts: { handles: { edits, headers: new Map() } },
      call: { spanOf: () => ({ start: 19, end: 27 }) },
    });
    const headers = POST.filter(([name]) => name !== 'content-length');
    const [, passed] = await say(door, 'inspect', [first(headers), requestBody(body)]);
    assert.equal(passed?.text, '{"params":{"state":"open"} }');
    assert.equal(passed?.set['content-length'], '28');
  });

  test('does not let a request pass whose must-edit cannot be made', async () => {
    const edits = [{ path: ['params', 'state'], value: 'open' }];
    const door = fakeDoor({ facts: { handles: { edits, headers: new Map() } } });
    const [, refused] = await say(door, 'inspect', [first(), requestBody('{}')]);
    assert.equal(refused?.status, 503);
    assert.deepEqual(door.heard, ['intent', 'outcome undelivered']);
  });

  test('counts what could not be told to Envoy as undelivered, and gives it back', async () => {
    const door = fakeDoor();
    const gone = run(door);
    const recorder = door.current().recorder;
    Object.assign(recorder, { intent: async () => gone.call.cancel() });
    gone.call.say(first());
    gone.call.say(requestBody('{}'));
    await gone.ended;
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['undelivered'],
    );
    assert.equal(door.given.withdrawn, 1);
    assert.equal(door.exchanges.size, 0);
  });
});

suite('createProcessHandler() behind ext_authz', () => {
  test('lets a request pass whose reply it will judge', async () => {
    const door = fakeDoor();
    const hold = door.open('judge');
    const [passed] = await say(door, 'authorize', [first(POST, false, { hold })]);
    assert.deepEqual([passed?.kind, passed?.responseBodyMode, passed?.set], ['request_headers', 'BUFFERED', {}]);
  });

  test('refuses a stream without a hold, with a forged one, and with one that was taken', async () => {
    const door = fakeDoor();
    const hold = door.open('judge');
    await say(door, 'authorize', [first(POST, false, { hold })]);
    for (const beside of [{}, { hold: 'forged' }, { hold: 'sealed other' }, { hold }]) {
      const [refused] = await say(door, 'authorize', [first(POST, false, beside)]);
      assert.deepEqual([refused?.kind, refused?.status], ['immediate_response', 503]);
    }
    assert.deepEqual(
      door.heard,
      Array.from({ length: 4 }, () => 'fault admit fault.internal'),
    );
  });

  const body = Buffer.from('{"params":{"state":"sealed"} }');
  const changed = {
    handles: { edits: [{ path: ['params', 'state'], value: 'open' }], headers: new Map() },
    call: { ...anyCall, body, spanOf: () => ({ start: 19, end: 27 }) },
  };

  test('changes the very body that was judged', async () => {
    const door = fakeDoor();
    const hold = door.open('edit', changed);
    const [held, passed] = await say(door, 'authorize', [first(POST, false, { hold }), requestBody(body)]);
    assert.deepEqual([held?.kind, held?.set], ['request_headers', {}]);
    assert.deepEqual([passed?.kind, passed?.text], ['request_body', '{"params":{"state":"open"} }']);
  });

  test('refuses another body than was judged, and gives back what it took', async () => {
    for (const other of [
      requestBody('{"params":{"state":"sealeD"} }'),
      requestBody(body, false),
      trailers('request'),
    ]) {
      const door = fakeDoor();
      const hold = door.open('edit', changed);
      const [, refused] = await say(door, 'authorize', [first(POST, false, { hold }), other]);
      assert.equal(refused?.status, 503);
      assert.deepEqual(
        door.outcomes.map(({ kind }) => kind),
        ['undelivered'],
      );
      assert.equal(door.given.withdrawn, 1);
    }
  });

  test('counts a claimed call as undelivered whose request never passed', async () => {
    const door = fakeDoor();
    const { call, ended } = run(door, 'authorize');
    call.say(first(POST, false, { hold: door.open('edit', changed) }));
    await call.until(1);
    call.cancel();
    await ended;
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['undelivered'],
    );
  });

  test('turns away who has as many streams as he may have', async () => {
    const stream = { call: { ...anyCall, kind: 'open-stream', treatment: 'stream' } } as const;
    const door = fakeDoor({ maxStreamsPerPrincipal: 1 });
    const open = run(door, 'authorize');
    open.call.say(first(GET, true, { hold: door.open('judge', stream) }));
    await open.call.until(1);
    const [refused] = await say(door, 'authorize', [first(GET, true, { hold: door.open('judge', stream) })]);
    assert.match(refused?.text ?? '', /too many open streams/);
    open.call.cancel();
    await open.ended;
    const [passed] = await say(door, 'authorize', [first(GET, true, { hold: door.open('judge', stream) })]);
    assert.equal(passed?.kind, 'request_headers');
  });
});

/** Says a request that passes, and goes on with `messages`. */
async function replied(door: FakeDoor, messages: readonly Uint8Array[]): Promise<Run & { told: readonly Told[] }> {
  const { call, ended } = run(door);
  call.say(first());
  call.say(requestBody('{}'));
  await call.until(2);
  for (const message of messages) call.say(message);
  return { call, ended, told: (await call.until(2 + messages.length)).slice(2) };
}

suite('createProcessHandler() with a reply', () => {
  test('takes what is not returned out of the head of a JSON reply, and judges the whole body', async () => {
    const door = fakeDoor();
    const { call, ended, told } = await replied(door, [responseHeaders(JSON_REPLY, false), responseBody(ANSWER)]);
    const [head, body] = told;
    assert.deepEqual(
      [head?.kind, head?.responseBodyMode, head?.remove],
      ['response_headers', 'BUFFERED', ['set-cookie']],
    );
    assert.deepEqual([body?.kind, body?.text], ['response_body', undefined]);
    call.finish();
    assert.equal(await ended, 'OK');
    assert.deepEqual(
      door.outcomes.map(({ kind, httpStatus }) => [kind, httpStatus]),
      [['answered', 200]],
    );
    assert.equal(door.given.released, 1);
  });

  test('replaces a body that its caller may not have as it is', async () => {
    const judge = scriptedJudge({ [ANSWER]: { kind: 'replace', bytes: Buffer.from('{}') } });
    const { told } = await replied(fakeDoor({ judge }), [responseHeaders(JSON_REPLY, false), responseBody(ANSWER)]);
    assert.deepEqual([told[1]?.text, told[1]?.set['content-length']], ['{}', '2']);
  });

  const bad: readonly (readonly [string, readonly Uint8Array[], number, string])[] = [
    ['cannot be read', [responseHeaders(JSON_REPLY, false), responseBody('{')], 503, 'replaced'],
    ['is empty', [responseHeaders(JSON_REPLY, true)], 503, 'upstream-failed'],
    ['has trailers and no body', [responseHeaders(JSON_REPLY, false), trailers('response')], 503, 'upstream-failed'],
    ['is too large', [responseHeaders(JSON_REPLY, false), responseBody('1'.repeat(2001))], 503, 'replaced'],
    [
      'says that it is too large',
      [responseHeaders([...JSON_REPLY.slice(0, 2), ['content-length', '9999']], false)],
      503,
      'replaced',
    ],
    ['is compressed', [responseHeaders([...JSON_REPLY, ['content-encoding', 'gzip']], false)], 503, 'replaced'],
    ['is a redirect', [responseHeaders([[':status', '302']], true)], 503, 'upstream-failed'],
    ['is a challenge', [responseHeaders([[':status', '401']], true)], 503, 'upstream-failed'],
    ['is 404 without a message', [responseHeaders([[':status', '404']], true)], 404, 'replaced'],
    ['has no status', [responseHeaders(JSON_REPLY.slice(1), false)], 503, 'replaced'],
    ['has a status below 200', [responseHeaders([[':status', '101']], true)], 503, 'replaced'],
    ['is 204', [responseHeaders([[':status', '204']], true)], 503, 'upstream-failed'],
    [
      'is HTML',
      [
        responseHeaders(
          [
            [':status', '200'],
            ['content-type', 'text/html'],
          ],
          false,
        ),
        responseBody('<p>'),
      ],
      503,
      'replaced',
    ],
    [
      'is Envoy’s own',
      [
        responseHeaders([[':status', '503']], false, {
          codeDetails: 'upstream_reset_before_response_started{connection_failure}',
        }),
      ],
      503,
      'upstream-failed',
    ],
    [
      'is Envoy’s own for a timeout',
      [responseHeaders([[':status', '504']], false, { codeDetails: 'response_timeout' })],
      503,
      'upstream-failed',
    ],
    ['comes as a body first', [responseBody(ANSWER)], 503, 'replaced'],
    ['comes as a request', [first()], 503, 'replaced'],
    ['comes twice', [responseHeaders(JSON_REPLY, false), responseHeaders(JSON_REPLY, false)], 503, 'replaced'],
  ];
  for (const [what, messages, status, outcome] of bad) {
    test(`answers in its place when it ${what}`, async () => {
      const door = fakeDoor();
      const { told, ended } = await replied(door, messages);
      assert.deepEqual([told.at(-1)?.kind, told.at(-1)?.status], ['immediate_response', status]);
      assert.match(told.at(-1)?.text ?? '', /"id":1/);
      assert.equal(await ended, 'OK');
      assert.deepEqual(
        door.outcomes.map(({ kind }) => kind),
        [outcome],
      );
    });
  }

  test('answers trailers behind a body', async () => {
    const messages = [responseHeaders(JSON_REPLY, false), responseBody(ANSWER, false), trailers('response')];
    const { told, call, ended } = await replied(fakeDoor(), messages);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['response_headers', 'response_body', 'response_trailers'],
    );
    call.finish();
    assert.equal(await ended, 'OK');
  });

  test('ends with an error when a message comes behind the last', async () => {
    const messages = [responseHeaders(JSON_REPLY, false), responseBody(ANSWER)];
    const { call, ended } = await replied(fakeDoor(), messages);
    call.say(responseBody(ANSWER));
    assert.ok((await ended) instanceof GrpcError);
    assert.equal(call.sent.length, 4);
  });

  test('ends with an error when Envoy half-closes before the reply', async () => {
    const { call, ended } = await replied(fakeDoor(), []);
    call.finish();
    assert.ok((await ended) instanceof GrpcError);
  });
});

suite('createProcessHandler() with a stream of events', () => {
  test('passes each event on as soon as it is whole', async () => {
    const door = fakeDoor();
    const { call, ended, told } = await replied(door, [responseHeaders(EVENTS, false)]);
    assert.deepEqual([told[0]?.responseBodyMode, told[0]?.remove], ['FULL_DUPLEX_STREAMED', ['content-length']]);
    call.say(responseBody(`${PROGRESS}data: {"jsonrpc"`, false));
    assert.equal((await call.until(4))[3]?.text, PROGRESS);
    call.say(responseBody(`:"2.0","id":1,"result":{}}\n\n`, false));
    call.say(responseBody('', true));
    const [, , , , answer, end] = await call.until(6);
    assert.deepEqual([answer?.text, answer?.endOfStream, end?.text, end?.endOfStream], [EVENT, false, '', true]);
    call.finish();
    assert.equal(await ended, 'OK');
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['answered'],
    );
  });

  test('reads no faster than what it sends is taken', async () => {
    const { call } = await replied(fakeDoor(), [responseHeaders(EVENTS, false)]);
    call.stall();
    for (let count = 0; count < 3; count += 1) call.say(responseBody(PROGRESS, false));
    await call.until(5);
    assert.equal(call.sent.length, 4);
    assert.equal(call.unread(), 2);
    call.cancel();
  });

  test('sends long events in pieces', async () => {
    const long = `data: {"jsonrpc":"2.0","id":1,"result":{"a":"${'x'.repeat(150_000)}"}}\n\n`;
    const { call } = await replied(fakeDoor({ server: { maxReplyBytes: 1_000_000 } }), [
      responseHeaders(EVENTS, false),
    ]);
    call.say(responseBody(long, false));
    call.say(responseBody('', true));
    const pieces = (await call.until(7)).slice(3);
    assert.deepEqual(
      pieces.map(({ text = '' }) => text.length),
      [65_536, 65_536, long.length - 131_072, 0],
    );
  });

  test('ends a stream that ends without an answer with an event that says so', async () => {
    const door = fakeDoor();
    const { call } = await replied(door, [responseHeaders(EVENTS, false)]);
    call.say(responseBody(PROGRESS, false));
    call.say(responseBody('', true));
    const [, , , , last] = await call.until(5);
    assert.match(last?.text ?? '', /^event: message\ndata: .*"id":1,"error".*upstream\.cut/);
    assert.equal(last?.endOfStream, true);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['upstream-failed'],
    );
  });

  test('ends a stream at what cannot be judged, and lets nothing of it pass that comes later', async () => {
    const door = fakeDoor();
    const { call, ended } = await replied(door, [responseHeaders(EVENTS, false)]);
    call.say(responseBody(`${PROGRESS}data: {\n\n${EVENT}`, false));
    await call.until(5);
    call.say(responseBody(EVENT, true));
    call.finish();
    assert.equal(await ended, 'OK');
    const told = call.told().slice(3);
    assert.deepEqual(
      told.map(({ endOfStream }) => endOfStream),
      [false, true],
    );
    assert.match(told[1]?.text ?? '', /reply\.unreadable/);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['replaced'],
    );
  });

  test('lets what came as one piece pass as far as it may', async () => {
    const door = fakeDoor();
    const one = [responseHeaders(EVENTS, false), responseBody(`${PROGRESS}${EVENT}`)];
    const { call, ended, told } = await replied(door, one);
    assert.deepEqual(
      told.slice(1).map(({ kind, text, endOfStream }) => [kind, text, endOfStream]),
      [
        ['response_body', `${PROGRESS}${EVENT}`, false],
        ['response_body', '', true],
      ],
    );
    call.finish();
    assert.equal(await ended, 'OK');
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['answered'],
    );
    const hostile = [responseHeaders(EVENTS, false), responseBody(`${PROGRESS}data: {\n\n`)];
    const [, good, last] = (await replied(fakeDoor(), hostile)).told;
    assert.deepEqual([good?.text, good?.endOfStream], [PROGRESS, false]);
    assert.match(last?.text ?? '', /reply\.unreadable/);
    assert.equal(last?.endOfStream, true);
  });

  test('says with the first of all pieces, and with no other, what ends an exchange whose body Envoy holds', async () => {
    for (const body of [
      [responseBody(`${PROGRESS}${EVENT}`)],
      [responseBody(PROGRESS, false), responseBody(EVENT, false), responseBody('', true)],
      [responseBody('', true)],
      [responseBody(PROGRESS, false), trailers('response')],
      [trailers('response')],
    ]) {
      const { call } = await replied(fakeDoor(), [responseHeaders(EVENTS, false)]);
      for (const piece of body) call.say(piece);
      call.finish();
      const told = await call.until(4 + body.length);
      const pieces = told.filter(({ kind }) => kind === 'response_body').map(({ remove }) => remove);
      assert.deepEqual(
        pieces,
        pieces.map((_, at) => (at === 0 ? ['a body in pieces'] : [])),
      );
      assert.ok(pieces.length > 0);
    }
  });

  test('puts trailers behind the last event', async () => {
    const { call, ended } = await replied(fakeDoor(), [responseHeaders(EVENTS, false)]);
    call.say(responseBody(EVENT, false));
    call.say(trailers('response'));
    const told = (await call.until(5)).slice(3);
    assert.deepEqual(
      told.map(({ kind, endOfStream }) => [kind, endOfStream]),
      [
        ['response_body', false],
        ['response_trailers', undefined],
      ],
    );
    call.finish();
    assert.equal(await ended, 'OK');
  });

  test('ends a stream whose credential is revoked with a last event', async () => {
    const revoked = new AbortController();
    const identity = { kind: 'token', principal: 'p', revoked: revoked.signal } as const;
    const door = fakeDoor({ facts: { identity } });
    const { call, ended } = await replied(door, [responseHeaders(EVENTS, false)]);
    call.say(responseBody(PROGRESS, false));
    await call.until(4);
    revoked.abort();
    const [, , , , last] = await call.until(5);
    assert.match(last?.text ?? '', /token\.revoked/);
    assert.equal(last?.endOfStream, true);
    call.say(responseBody(EVENT, false));
    call.cancel();
    await ended;
    assert.equal(call.sent.length, 5);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['cancelled'],
    );
  });

  test('answers in place of a tool server that has not begun when the credential is revoked', async () => {
    const revoked = new AbortController();
    const identity = { kind: 'token', principal: 'p', revoked: revoked.signal } as const;
    const door = fakeDoor({ facts: { identity } });
    const { call } = await replied(door, []);
    revoked.abort();
    const [, , refused] = await call.until(3);
    assert.deepEqual([refused?.kind, refused?.status], ['immediate_response', 401]);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['cancelled'],
    );
  });

  test('lets nothing pass whose credential was revoked in between', async () => {
    const identity = { kind: 'token', principal: 'p', revoked: AbortSignal.abort() } as const;
    const door = fakeDoor({ facts: { identity } });
    const [, refused] = await say(door, 'inspect', [first(), requestBody('{}')]);
    assert.equal(refused?.status, 401);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['undelivered'],
    );
  });

  test('gives up a client that does not take the last event', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const revoked = new AbortController();
    const identity = { kind: 'token', principal: 'p', revoked: revoked.signal } as const;
    const { call, ended } = await replied(fakeDoor({ facts: { identity }, server: { streamMaxAgeMs: 60_000 } }), [
      responseHeaders(EVENTS, false),
    ]);
    call.stall();
    call.say(responseBody(PROGRESS, false));
    await call.until(4);
    revoked.abort();
    t.mock.timers.tick(1000);
    assert.ok((await ended) instanceof GrpcError);
    assert.equal(call.sent.length, 4);
  });

  test('leaves the outcome of a client that goes to the access log, and tells it when nobody else does', async (t) => {
    const door = fakeDoor();
    const { call, ended } = await replied(door, [responseHeaders(EVENTS, false)]);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    call.cancel();
    await ended;
    assert.deepEqual(door.outcomes, []);
    t.mock.timers.tick(2000);
    assert.deepEqual(
      door.outcomes.map(({ kind }) => kind),
      ['cancelled'],
    );
    assert.equal(door.given.released, 1);
  });
});
