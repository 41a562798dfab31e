import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type SseDraft, type SseEvent, SseReader, writeSseEvent } from './sse.ts';

/** An event as texts. */
function show({ raw, data, event, id, retryMs }: SseEvent): object {
  const text = data === undefined ? undefined : Buffer.from(data).toString();
  return { raw: Buffer.from(raw).toString(), data: text, event, id, retryMs };
}

interface Seen {
  readonly events: readonly object[];
  readonly rest: string;
  readonly kind: string;
}

/** What a reader sees in these chunks. */
function readAll(chunks: readonly Uint8Array[], maxEventBytes = 1_000_000): Seen {
  const reader = new SseReader(maxEventBytes);
  const events = chunks.flatMap((chunk) => reader.push(chunk).events.map(show));
  const end = reader.end();
  return { events: [...events, ...end.events.map(show)], rest: Buffer.from(end.rest).toString(), kind: end.kind };
}

function read(text: string): Seen {
  return readAll([Buffer.from(text)]);
}

/** The text cut at the given places. */
function cut(text: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.subarray(at[index], end));
}

/** Streams made of what matters: fields, comments, every line end, nonsense. */
const stream = fc
  .array(
    fc.constantFrom(
      'data: a',
      'data:b',
      'data',
      'event: e',
      'id: 1',
      'id: \0',
      'retry: 10',
      ': c',
      ':',
      'x: y',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'é€',
      '\ufeff',
      ' ',
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Buffer.from(pieces.join('')));

suite('SseReader', () => {
  test('gives data, event, id and retry', () => {
    assert.deepEqual(read('event: message\nid: 7\nretry: 1500\ndata: {"a":1}\n\n').events, [
      {
        raw: 'event: message\nid: 7\nretry: 1500\ndata: {"a":1}\n\n',
        data: '{"a":1}',
        event: 'message',
        id: '7',
        retryMs: 1500,
      },
    ]);
  });

  test('joins data lines with LF, whatever ended them', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      assert.deepEqual(read(`data: a${end}data:${end}data:  b${end}${end}`).events, [
        {
          raw: `data: a${end}data:${end}data:  b${end}${end}`,
          data: 'a\n\n b',
          event: undefined,
          id: undefined,
          retryMs: undefined,
        },
      ]);
    }
  });

  test('gives comments and fields without data as events that dispatch nothing', () => {
    const { events } = read(': keep-alive\n\nretry: 5\n\n\ndata\n\n');
    assert.deepEqual(
      events.map((event) => Object.values(event)),
      [
        [': keep-alive\n\n', undefined, undefined, undefined, undefined],
        ['retry: 5\n\n', undefined, undefined, undefined, 5],
        ['\n', undefined, undefined, undefined, undefined],
        ['data\n\n', '', undefined, undefined, undefined],
      ],
    );
  });

  test('takes the last of repeated fields, and none that do not count', () => {
    const [event] = read(
      'event: a\nevent: b\nid: 1\nid: \0\nretry: 1x\nretry: -1\nDATA: no\ndata : no\nevent\n\n',
    ).events;
    assert.deepEqual(event && { ...event, raw: '' }, {
      raw: '',
      data: undefined,
      event: undefined,
      id: '1',
      retryMs: undefined,
    });
  });

  test('skips a byte order mark at the beginning only', () => {
    const { events } = read('\ufeffdata: a\n\n\ufeffdata: b\n\n');
    assert.deepEqual(
      events.map((event) => (event as { data?: string }).data),
      ['a', undefined],
    );
  });

  test('gives an event as soon as its blank line is there', () => {
    const reader = new SseReader(100);
    assert.equal(reader.push(Buffer.from('data: a\n')).events.length, 0);
    assert.equal(reader.push(Buffer.from('\n')).events.length, 1);
    assert.equal(reader.push(Buffer.from('data: b\r\n\r')).events.length, 0);
    assert.equal(reader.push(Buffer.from('\n')).events.length, 1);
  });

  test('gives the same events for any split of the same bytes', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, places) => {
        assert.deepEqual(readAll(cut(bytes, places)), readAll([bytes]));
      }),
    );
    fc.assert(
      fc.property(stream, (bytes) => {
        assert.deepEqual(readAll([...bytes].map((byte) => Uint8Array.of(byte))), readAll([bytes]));
      }),
    );
  });

  test('loses and adds no byte', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (bytes, places) => {
        const { events, rest } = readAll(cut(bytes, places));
        assert.equal(events.map((event) => (event as { raw: string }).raw).join('') + rest, bytes.toString());
      }),
    );
  });

  test('keeps what it gave out while it reads on', () => {
    const reader = new SseReader(1000);
    const first = reader.push(Buffer.from('data: first\n\ndata: sec'));
    reader.push(Buffer.from('ond and much longer than before\n\n'));
    assert.deepEqual(first.events.map(show), [
      { raw: 'data: first\n\n', data: 'first', event: undefined, id: undefined, retryMs: undefined },
    ]);
  });

  test('gives what was never ended as the rest', () => {
    assert.equal(read('data: a\n\ndata: b\n').rest, 'data: b\n');
    assert.equal(read('data: a\r\r').rest, '');
  });

  test('stops at an event that is too large, however it arrives', () => {
    const events = Buffer.from(`data: a\n\ndata: ${'x'.repeat(100)}\n\ndata: b\n\n`);
    for (const chunks of [[events], cut(events, [50]), [...events].map((byte) => Uint8Array.of(byte))]) {
      const seen = readAll(chunks, 64);
      assert.equal(seen.kind, 'too-large');
      assert.equal(seen.rest, '');
      assert.equal(seen.events.length, 1);
    }
  });

  test('accepts an event of exactly the size', () => {
    const event = 'data: a\n\n';
    assert.equal(readAll([Buffer.from(event)], event.length).kind, 'events');
    assert.equal(readAll([Buffer.from(event)], event.length - 1).kind, 'too-large');
  });

  test('stops at an event of more than 20 000 lines', () => {
    const lines = (count: number): string => `${'data\n'.repeat(count - 1)}\n`;
    assert.equal(read(lines(20_000) + lines(20_000)).events.length, 2);
    assert.deepEqual(read(`data: a\n\n${lines(20_001)}`).kind, 'too-large');
  });

  test('reads a megabyte byte by byte in time', { timeout: 5000 }, () => {
    const text = Buffer.from(`data: ${'x'.repeat(1_000_000)}\n\n`);
    const reader = new SseReader(2_000_000);
    const counts = [...text].map((byte) => reader.push(Uint8Array.of(byte)).events.length);
    assert.equal(counts.at(-1), 1);
  });
});

suite('writeSseEvent()', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\0]/g, ''));
  const draft: fc.Arbitrary<SseDraft> = fc.record(
    { data: fc.string({ unit: 'grapheme' }), event: line, id: line, retryMs: fc.nat() },
    { requiredKeys: ['data'] },
  );

  test('writes what the reader reads back', () => {
    fc.assert(
      fc.property(draft, ({ data, event, id, retryMs, ...rest }) => {
        const written = writeSseEvent({
          data,
          ...(event && { event }),
          ...(id !== undefined && { id }),
          ...(retryMs !== undefined && { retryMs }),
          ...rest,
        });
        const expected = { data: String(data).replaceAll(/\r\n|\r/g, '\n'), event: event || undefined, id, retryMs };
        assert.deepEqual(readAll([written]).events, [{ raw: Buffer.from(written).toString(), ...expected }]);
      }),
    );
  });

  test('throws at a line end that would begin another field', () => {
    for (const text of ['a\nb', 'a\rb', 'a\0']) {
      assert.throws(() => writeSseEvent({ data: '', event: text }), RangeError);
      assert.throws(() => writeSseEvent({ data: '', id: text }), RangeError);
    }
  });
});
