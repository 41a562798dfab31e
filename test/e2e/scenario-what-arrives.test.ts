import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CLAIMED } from '../attacks/claimed-headers.ts';
import type { Header, Peer } from '../attacks/peer.ts';
import { RawConnection, type RawReply } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { WAYS, whyNot } from './carriers.ts';
import { openAgent } from './agent.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const add = (a: string, rest = '') => `"name":"add","arguments":{"a":${a},"b":1}${rest}`;

/** Params of calls of `add` that a proxy which parses and prints would change on the way. */
const PARAMS: Readonly<Record<string, string>> = {
  'a number with a point': add('1.0'),
  'a number with zeros at its end': add('2.500'),
  'a number with an exponent': add('1e2'),
  'a number with a capital exponent and sign': add('12E+3'),
  'a number beyond 2^64 that a double holds': add('1e25'),
  'the smallest double': add('5e-324'),
  'seventeen digits': add('0.30000000000000004'),
  'members of params that nobody knows': add('1', ',"future":{"of":[1.0,{"b":2,"a":1}]},"x-vendor":null'),
  'spaces and line breaks': `\r\n\t "name" : "add" ,\n"arguments":{ "a" : 1 , "b":1 } `,
  'escapes that need not be': '"n\\u0061me":"\\u0061dd","arguments":{"\\u0061":1,"b":1}',
  'members in another order': '"arguments":{"b":1,"a":1},"name":"add"',
  'characters beyond the BMP': '"name":"echo","arguments":{"text":"\\ud83d\\ude00 😀 \\/ \\u2028"}',
};

/** What would change on its way through a double: refused, since it cannot be judged as it will run. */
const INEXACT = ['123456789012345678901234567890', '18446744073709551617', '9007199254740993', '1e400', '1e-400', '-0'];

const CLAIMS: readonly Header[] = [...CLAIMED, ['sallyport-decision-id', 'forged']];

const toolOf = (params: string): string => (params.includes('echo') ? 'echo' : 'add');

for (const { era, carrier } of WAYS) {
  suite(`what arrives at the tool server (${era}, ${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let guarded: Guarded;
    let alice: Peer;
    before(async () => {
      upstream = await startV2();
      recorder = await startRecorder(upstream.url);
      guarded = await startGuarded({ carrier, servers: { tools: recorder.url } });
      alice = await openAgent(guarded, era, 'user:alice');
    });
    after(async () => {
      await guarded.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    async function exchange(params: string, added: readonly Header[] = []): Promise<RawReply> {
      recorder.forget();
      using connection = await RawConnection.open(alice.url);
      const body = callText(alice, params);
      const answer = await connection.exchange(rawRequest(alice, { tool: toolOf(params), body, add: added }));
      assert.ok(answer.kind === 'reply', answer.kind);
      return answer;
    }

    for (const [what, params] of Object.entries(PARAMS)) {
      test(`is byte for byte what was judged: ${what}`, async () => {
        const { status, body } = await exchange(params);
        assert.equal(status, 200, body);
        assert.doesNotMatch(body, /isError":true|"error"/);
        assert.deepEqual(recorder.bodies(), [callText(alice, params)]);
      });
    }

    for (const number of INEXACT) {
      test(`is nothing when a number would change: ${number}`, async () => {
        const { status, body } = await exchange(add(number));
        assert.equal(status, 400);
        assert.match(body, /json\.number/);
        assert.deepEqual(recorder.bodies(), []);
      });
    }

    test('has no word of who the caller says it is, and no credential', async () => {
      const { status } = await exchange(add('1'), CLAIMS);
      assert.equal(status, 200);
      const [reached] = recorder.reached;
      assert.ok(reached);
      for (const [name, value] of CLAIMS) assert.notEqual(reached.headers[name], value, name);
      assert.equal(reached.headers.authorization, undefined);
      assert.match(String(reached.headers['sallyport-decision-id']), /^[0-9a-f-]{36}$/);
      assert.equal(reached.headers.host, new URL(recorder.url).host);
    });
  });
}
