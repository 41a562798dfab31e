import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { HeaderList } from '../../call/received.ts';
import {
  ANSWER,
  EVENTS,
  fakeCall,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
  type Told,
  trailers,
} from './envoy-messages.fixture.ts';
import { encodeProcessingRequest } from './processing-oracle.fixture.ts';
import { fakeDoor } from './process-door.fixture.ts';
import { createProcessHandler } from './process-handler.ts';
import { mutatedRequests } from './processing-requests.fixture.ts';

const POST: HeaderList = [
  [':method', 'POST'],
  [':path', '/files'],
  [':authority', '127.0.0.1:8800'],
];
const JSON_REPLY: HeaderList = [
  [':status', '200'],
  ['content-type', 'application/json'],
];
const GARBAGE = Buffer.from([0xff, 0x01]);

/** One message of each kind that there is, in a few shapes, by what it is about; `''` is about nothing. */
const MESSAGES: readonly (readonly [about: string, bytes: Uint8Array])[] = [
  ['request_headers', requestHeaders(POST, false)],
  ['request_headers', requestHeaders(POST, true)],
  ['request_headers', requestHeaders(POST, false, { protocol: null })],
  ['request_body', requestBody('{}')],
  ['request_body', requestBody('{}', false)],
  ['request_trailers', trailers('request')],
  ['response_headers', responseHeaders(JSON_REPLY, false)],
  ['response_headers', responseHeaders(EVENTS, false)],
  ['response_headers', responseHeaders(JSON_REPLY, true)],
  ['response_headers', responseHeaders([[':status', '503']], false, { codeDetails: 'no_healthy_upstream' })],
  ['response_body', responseBody(ANSWER)],
  ['response_body', responseBody(`data: ${ANSWER}\n\n`, false)],
  ['response_body', responseBody(`data: ${ANSWER}\n\n`)],
  ['response_body', responseBody('', true)],
  ['response_trailers', trailers('response')],
  ['', encodeProcessingRequest({})],
  ['garbage', GARBAGE],
];

/** The orders that Envoy uses, each possibly cut short, and with something else put in. */
const USUAL: readonly (readonly number[])[] = [
  [0, 3, 6, 10],
  [0, 3, 7, 11, 12],
  [0, 3, 7, 11, 14],
  [1, 6, 10],
  [0, 3, 8],
  [0, 3, 9],
  [0, 9],
];
const order = fc.oneof(
  fc.array(fc.nat(MESSAGES.length - 1), { maxLength: 8 }),
  fc
    .tuple(fc.constantFrom(...USUAL), fc.nat(6), fc.nat(2), fc.array(fc.nat(MESSAGES.length - 1), { maxLength: 2 }))
    .map(([usual, at, drop, more]) => usual.toSpliced(at, drop, ...more)),
);

interface Ran {
  readonly told: readonly Told[];
  readonly ended: unknown;
  readonly heard: readonly string[];
}

async function ran(messages: readonly Uint8Array[], wiring: 'authorize' | 'inspect'): Promise<Ran> {
  const door = fakeDoor();
  const call = fakeCall();
  const handled = createProcessHandler({ ...door, wiring })(call);
  for (const message of messages) call.say(message);
  call.finish();
  const ended = await handled.then(
    () => 'OK',
    (error: unknown) => error,
  );
  return { told: call.told(), ended, heard: door.heard };
}

/** Takes each answer for the next message of its name; what was left out was a chunk, or about nothing. */
function unanswered(about: readonly string[], told: readonly Told[]): readonly string[] {
  const left = about.filter((name) => name !== '');
  const skipped: string[] = [];
  for (const { kind, endOfStream } of told) {
    if (endOfStream !== undefined || kind === 'immediate_response') continue;
    const chunks = kind === 'response_body' ? 0 : left.findIndex((name) => name !== 'response_body');
    skipped.push(...left.splice(0, Math.max(0, chunks)));
    assert.equal(left.shift(), kind, `${about.join()} → ${told.map((one) => one.kind).join()}`);
  }
  return [...skipped, ...left];
}

suite('createProcessHandler() in any order of messages', () => {
  for (const wiring of ['inspect', 'authorize'] as const) {
    test(`answers each once, in order, and ends with OK only when all were answered (${wiring})`, async () => {
      await fc.assert(
        fc.asyncProperty(order, async (indexes) => {
          const messages = indexes.flatMap((index) => MESSAGES[index] ?? []).filter((part) => typeof part !== 'string');
          const about = indexes.map((index) => MESSAGES[index]?.[0] ?? '');
          const { told, ended } = await ran(messages, wiring);
          const instead = told.findIndex(({ kind }) => kind === 'immediate_response');
          assert.ok(instead === -1 || instead === told.length - 1, 'nothing is said behind an answer of our own');
          const left = unanswered(about, told);
          const streamed = told.some(({ endOfStream }) => endOfStream !== undefined);
          const finished = instead !== -1 || told.some(({ endOfStream }) => endOfStream === true);
          const owed = streamed ? left.filter((name) => name !== 'response_body') : left;
          assert.ok(ended !== 'OK' || finished || owed.length === 0, `${about.join()} left ${left.join()}`);
        }),
        { numRuns: 1500 },
      );
    });
  }

  test('lets nothing pass that was not decided', async () => {
    await fc.assert(
      fc.asyncProperty(order, async (indexes) => {
        const messages = indexes.flatMap((index) => MESSAGES[index] ?? []).filter((part) => typeof part !== 'string');
        const { told, heard } = await ran(messages, 'inspect');
        const passed = told.some(({ kind, set }) => kind.startsWith('request_') && 'sallyport-decision-id' in set);
        assert.equal(passed, heard.includes('intent') && !heard.includes('outcome undelivered'));
      }),
      { numRuns: 500 },
    );
  });

  test('makes no consent of bytes that are no question', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(mutatedRequests(), fc.uint8Array({ maxLength: 100 })), { maxLength: 4 }),
        async (messages) => {
          for (const wiring of ['inspect', 'authorize'] as const) {
            const { told, heard } = await ran(messages, wiring);
            assert.ok(!heard.includes('intent'));
            for (const { kind } of told) assert.equal(kind, 'immediate_response');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
