import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SseReader } from '../../call/sse.ts';
import { isKept, safeBlock } from './sse-block.ts';

function sent(stream: string, data?: string): string {
  const { events } = new SseReader(100_000).push(Buffer.from(stream));
  const bytes = events.map((event) => (data === undefined ? safeBlock(event) : safeBlock(event, Buffer.from(data))));
  return Buffer.concat(bytes).toString();
}

const LINE_ENDS = ['\n', '\r\n', '\r', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029'];

/** What a client reads that splits lines at every character that some client splits at, and strips either mark. */
function dataRead(stream: string): readonly string[] {
  const text = stream.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '');
  const [first = '', ...others] = LINE_ENDS;
  const lines = others.reduce((all, end) => all.replaceAll(end, first), text).split(first);
  const read: string[] = [];
  let data: string[] = [];
  for (const line of lines) {
    const value = /^data: ?(.*)$/.exec(line)?.[1];
    if (value !== undefined) data.push(value);
    else if (line === '' && data.length > 0) {
      read.push(data.join('\n'));
      data = [];
    }
  }
  return read;
}

suite('safeBlock()', () => {
  for (const block of [
    'data: {"jsonrpc":"2.0"}\n\n',
    'data:{}\n\n',
    'id: 7\r\nretry: 10\r\nevent: message\r\ndata: {\r\ndata: }\r\n\r\n',
    ': keep-alive\n\n',
    ':\n\n',
    'id: 1\ndata: \n\n',
    'data: {"text":"ü 日本 \ufeff"}\n\n',
  ]) {
    test(`passes ${JSON.stringify(block)} byte for byte`, () => assert.equal(sent(block), block));
  }

  for (const [block, written] of [
    ['\u00ef\u00bb\u00bfdata: {"evil":1}\n\n', ':\n\n'],
    ['\u00ef\u00bb\u00bf: a\n\n', ':\n\n'],
    ['\ufeffdata: {}\n\n', 'data: {}\n\n'],
    [': a\fdata: {"evil":1}\n\n', ':\n\n'],
    [': a\u2028data: {"evil":1}\u2028\u2028\n\n', ':\n\n'],
    [': a\u0085data: {"evil":1}\n\n', ':\n\n'],
    [': ü\n\n', ':\n\n'],
    ['id: a\vdata: {"evil":1}\n\n', ':\n\n'],
    ['id: 5\nevent: \u2028data: {"evil":1}\nretry: 10\n\n', 'id: 5\nretry: 10\n\n'],
    ['DATA: {"evil":1}\n\n', ':\n\n'],
    ['unknown: {"evil":1}\ndata: {}\n\n', 'data: {}\n\n'],
    ['data\n\n', 'data: \n\n'],
    ['data: {}\r\r:\n\n', 'data: {}\n\n:\n\n'],
    ['event: \0\ndata: {}\n\n', 'data: {}\n\n'],
    [
      'data: {"text":"\u2028\u2028data: {}\u2029\u0085"}\n\n',
      'data: {"text":"\\u2028\\u2028data: {}\\u2029\\u0085"}\n\n',
    ],
  ] as const) {
    test(`writes ${JSON.stringify(block)} anew`, () => assert.equal(sent(block), written));
  }

  test('writes other data in the place of its own, and keeps the fields', () => {
    assert.equal(sent('id: 5\nevent: message\ndata: {}\n\n', '{"a":1}'), 'event: message\nid: 5\ndata: {"a":1}\n\n');
  });

  test('lets no client read what was not judged', () => {
    const odd = [
      '\n',
      '\r',
      '\r\n',
      '\f',
      '\v',
      '\u0085',
      '\u2028',
      '\ufeff',
      '\u00ef\u00bb\u00bf',
      '\x1c',
      '\0',
      ':',
      'id: ',
    ];
    const piece = fc.constantFrom(...odd, 'data: {"evil":1}', 'data: {}', 'data', 'event: a', ' ', 'x', '\n\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { events } = new SseReader(100_000).push(Buffer.from(pieces.join('')));
        // Judged data is one JSON object; the rest was rejected.
        const passing = events.filter(({ data }) => data === undefined || isObject(Buffer.from(data).toString()));
        const judged = passing.flatMap(({ data }) => (data === undefined ? [] : [Buffer.from(data).toString()]));
        const stream = Buffer.concat(passing.map((event) => safeBlock(event))).toString();
        assert.deepEqual(
          dataRead(stream).filter((data) => data !== ''),
          judged,
        );
      }),
    );
  });
});

function isObject(text: string): boolean {
  return ['{}', '{"evil":1}'].includes(text);
}

suite('isKept()', () => {
  for (const [id, kept] of [
    ['7', true],
    ['', false],
    [undefined, false],
    ['\u2028', false],
  ] as const) {
    test(`says ${kept} for ${JSON.stringify(id)}`, () => assert.equal(isKept(id), kept));
  }
});
