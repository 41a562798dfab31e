import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { findRecord, frameBound, MAX_PAYLOAD_BYTES, readFrame, writeFrame } from './framing.ts';

function frameOf(payload: string): Buffer {
  const buffer = Buffer.alloc(frameBound(payload.length));
  return buffer.subarray(0, writeFrame(buffer, 0, payload));
}

suite('writeFrame()', () => {
  test('writes length, CRC-32C and the payload', () => {
    assert.equal(frameOf('123456789').toString('hex'), '00000009e3069283313233343536373839');
  });

  test('refuses what a reader would not believe', () => {
    assert.throws(() => frameOf('x'.repeat(MAX_PAYLOAD_BYTES + 1)), RangeError);
  });
});

suite('readFrame()', () => {
  test('reads back any payload that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(20), (payload, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset, 1), frameOf(payload)]);
        const frame = readFrame(bytes, offset);
        assert.deepEqual(frame, { kind: 'record', payload: Buffer.from(payload), end: bytes.length });
      }),
    );
  });

  test('calls every proper prefix incomplete', () => {
    const whole = frameOf('{"a":1}');
    for (let length = 0; length < whole.length; length++) {
      assert.equal(readFrame(whole.subarray(0, length), 0).kind, 'incomplete');
    }
  });

  test('never takes a frame with one flipped bit for a record', () => {
    const whole = frameOf('{"a":1}');
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.notEqual(readFrame(flipped, 0).kind, 'record');
    }
  });

  test('calls zeros damage, not an endless row of empty records', () => {
    assert.equal(readFrame(Buffer.alloc(64), 0).kind, 'damaged');
  });
});

suite('findRecord()', () => {
  test('finds the record behind garbage', () => {
    assert.equal(findRecord(Buffer.concat([Buffer.alloc(13, 0xee), frameOf('{}')]), 0), 13);
  });

  test('says -1 when there is none', () => {
    assert.equal(findRecord(Buffer.alloc(1000), 0), -1);
  });
});
