import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** A reader at its first field. */
function at(...bytes: number[]): ProtobufReader {
  const reader = new ProtobufReader(Uint8Array.from(bytes));
  assert.equal(reader.next(), true);
  return reader;
}

/** `value` as a varint of 64 bits. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

suite('ProtobufReader', () => {
  test('reads every 64-bit number, signed or not, and the low half of it', () => {
    const edges = [
      0n,
      1n,
      -1n,
      127n,
      128n,
      2n ** 28n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 35n,
      2n ** 53n,
      -(2n ** 63n),
      2n ** 63n - 1n,
    ];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), (value) => {
        assert.equal(at(8, ...varint(value)).int64(), Number(value));
        assert.equal(at(8, ...varint(value)).uint64(), Number(BigInt.asUintN(64, value)));
        assert.equal(at(8, ...varint(value)).uint32(), Number(BigInt.asUintN(32, value)));
        assert.equal(at(8, ...varint(value)).int32(), Number(BigInt.asIntN(32, value)));
      }),
    );
  });

  test('reads a varint that is longer than it need be, to ten bytes', () => {
    assert.equal(at(8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00).int64(), 1);
    assert.throws(() => at(8, ...Array.from({ length: 10 }, () => 0x80), 0).int64(), ProtobufError);
    assert.throws(() => at(8, ...Array.from({ length: 9 }, () => 0xff), 2).int64(), ProtobufError);
  });

  test('reads what ProtobufWriter wrote', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(
        text,
        fc.nat(),
        fc.double({ noNaN: true }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(2000),
        (string, number, double, bytes, deep) => {
          const writer = new ProtobufWriter();
          writer.message(1, () => {
            writer.string(2, string);
            writer.message(200_000, () => writer.bytes(3, Buffer.alloc(deep, 1)));
            writer.double(4, double);
          });
          writer.varint(5, number);
          writer.bytes(6, bytes);
          const reader = new ProtobufReader(writer.finish());
          const seen: unknown[] = [];
          const readInner = (inner: ProtobufReader): void => {
            inner.next();
            seen.push(inner.string());
            inner.next();
            seen.push(
              inner.field,
              inner.message((innermost) => (innermost.next(), innermost.bytes().length)),
            );
            inner.next();
            seen.push(inner.double(), inner.next());
          };
          reader.next();
          reader.message(readInner);
          reader.next();
          seen.push(reader.uint32());
          reader.next();
          seen.push(Buffer.from(reader.bytes()), reader.next());
          assert.deepEqual(seen, [string, 200_000, deep, double, false, number, Buffer.from(bytes), false]);
        },
      ),
    );
  });

  test('gives Latin-1 of the bytes, or the text', () => {
    const content = [0x0a, 3, 0x61, 0xc3, 0xbc];
    assert.deepEqual(
      [at(...content).string(), at(...content).latin1(), at(...content).latin1OfString()],
      ['aü', 'aÃ¼', 'aÃ¼'],
    );
    assert.throws(() => at(0x0a, 1, 0xc3).latin1OfString(), ProtobufError);
    assert.equal(at(0x0a, 1, 0xc3).latin1(), 'Ã');
  });

  test('throws nothing but ProtobufError', () => {
    const reads = [
      'uint32',
      'int32',
      'int64',
      'uint64',
      'bool',
      'double',
      'string',
      'latin1',
      'latin1OfString',
      'bytes',
      'bytesOfString',
      'skip',
    ] as const;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.array(fc.constantFrom(...reads), { maxLength: 10 }),
        (bytes, steps) => {
          const reader = new ProtobufReader(bytes);
          const error = errorOf(() => steps.forEach((step) => reader.next() && reader[step]()));
          assert.ok(error === undefined || error instanceof ProtobufError);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function errorOf(run: () => void): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
