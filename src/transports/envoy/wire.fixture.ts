import assert from 'node:assert/strict';
import { ProtobufWriter } from '../grpc/protobuf-writer.ts';

/** A length-delimited field of the number 1 to 15, less than 128 bytes long. */
export function field(of: number, ...content: (Uint8Array | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  assert.ok(bytes.length < 128 && of < 16);
  return Buffer.concat([Buffer.from([of * 8 + 2, bytes.length]), bytes]);
}

/** A field of the number 1 to 15 that holds one of the numbers 0 to 127. */
export function number(of: number, value: number): Buffer {
  assert.ok(value < 128 && of < 16);
  return Buffer.from([of * 8, value]);
}

/** Fields of every wire type whose numbers no message of Envoy's has. */
export const UNKNOWN_FIELDS = Buffer.concat([
  Buffer.from([0xf8, 0x07, 0x96, 0x01]),
  Buffer.from([0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8]),
  Buffer.from([0xfa, 0x07, 2, 0xff, 0xff]),
  Buffer.from([0xfd, 0x07, 1, 2, 3, 4]),
]);

/** A `google.protobuf.Struct` in whose member is a Struct, and so on: deeper than other writers write. */
export function deepStruct(depth: number): Uint8Array {
  const member = (value: Uint8Array): Uint8Array => mapEntry(1, 'a', value);
  let struct = member(number(4, 1));
  for (let left = depth; left > 0; left--) struct = member(wrapped(5, struct));
  return struct;
}

/** One entry of a map whose value is a message, in `field`. */
export function mapEntry(of: number, key: string, value: Uint8Array): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(of, () => {
    writer.string(1, key);
    writer.bytes(2, value);
  });
  return writer.finish();
}

/** `content` as the value of one field. */
export function wrapped(of: number, content: Uint8Array): Uint8Array {
  const writer = new ProtobufWriter();
  writer.bytes(of, content);
  return writer.finish();
}
