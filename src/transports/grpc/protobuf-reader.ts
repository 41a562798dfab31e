import { isUtf8 } from 'node:buffer';

/** The bytes are no message that every parser reads alike. `message` says nothing of their content. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
/** Up to this size one string is made of the whole message, of which the others are slices: half the time of one by one. */
const ONE_TEXT_BYTES = 16 * 1024;

/**
 * A cursor over the wire format (protobuf.dev, "Encoding"): fields in the order of the bytes, values as they are asked for.
 *
 * Stricter than parsers must be, where they differ among themselves: groups, wire types that do not belong to a field, overlong
 * tags and lengths, and text that is not UTF-8 are errors. Every method but the constructor throws `ProtobufError`.
 */
export class ProtobufReader {
  /** Number of the field that `next()` found. */
  field = 0;
  readonly #bytes: Buffer;
  readonly #text: string | undefined;
  #wire = 0;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
    this.#text = bytes.length <= ONE_TEXT_BYTES ? this.#bytes.toString('latin1') : undefined;
  }

  /** Goes to the next field of the message; `false` at its end. The value must then be read or skipped. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint32();
    this.field = tag >>> 3;
    this.#wire = tag & 7;
    if (this.field === 0) throw new ProtobufError('field number 0');
    return true;
  }

  /** Passes over the value of a field that is not known. */
  skip(): void {
    switch (this.#wire) {
      case VARINT:
        this.#varint64();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case LENGTH_DELIMITED:
        this.#advance(this.#varint32());
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw new ProtobufError('group or unknown wire type');
    }
  }

  /** `uint32`: the low 32 bits. */
  uint32(): number {
    this.#expect(VARINT);
    this.#varint64();
    return this.#low;
  }

  /** `int64`, as the nearest double. */
  int64(): number {
    this.#expect(VARINT);
    this.#varint64();
    return (this.#high | 0) * 2 ** 32 + this.#low;
  }

  /** `uint64`, as the nearest double. */
  uint64(): number {
    this.#expect(VARINT);
    this.#varint64();
    return this.#high * 2 ** 32 + this.#low;
  }

  /** `int32`: the low 32 bits, signed. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** `bool`. Only 0 and 1: parsers differ over the rest. */
  bool(): boolean {
    this.#expect(VARINT);
    this.#varint64();
    if (this.#high !== 0 || this.#low > 1) throw new ProtobufError('bool that is neither 0 nor 1');
    return this.#low === 1;
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  /** `string`: UTF-8, checked. */
  string(): string {
    const length = this.#length();
    const start = this.#advance(length);
    const end = start + length;
    return this.#isAscii(start, end) ? this.#slice(start, end) : this.#utf8(start, end);
  }

  /** `string` or `bytes` as Latin-1: one character a byte. */
  latin1(): string {
    const length = this.#length();
    const start = this.#advance(length);
    return this.#slice(start, start + length);
  }

  /** `string` as Latin-1 of its UTF-8, checked. */
  latin1OfString(): string {
    const length = this.#length();
    const start = this.#advance(length);
    const end = start + length;
    if (!this.#isAscii(start, end)) this.#utf8(start, end);
    return this.#slice(start, end);
  }

  /** `bytes`: a view. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** `string` as a view of its UTF-8, checked. */
  bytesOfString(): Uint8Array {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw new ProtobufError('text that is not UTF-8');
    return bytes;
  }

  /** Reads the message that is the field's value: `read` sees its fields only and must go to its end. */
  message<T>(read: (reader: ProtobufReader) => T): T {
    const length = this.#length();
    const outer = this.#end;
    if (length > outer - this.#at) throw new ProtobufError('length beyond the end');
    this.#end = this.#at + length;
    const value = read(this);
    if (this.#at !== this.#end) throw new ProtobufError('message not read to its end');
    this.#end = outer;
    return value;
  }

  /**
   * As `message()`, but what `read` throws goes to `orElse`, and the reader is behind the message all the same.
   *
   * @throws ProtobufError when the message is not whole: nobody can tell then what is behind it.
   */
  messageOrElse<T>(read: (reader: ProtobufReader) => T, orElse: (error: unknown) => T): T {
    const outer = this.#end;
    const length = this.#length();
    const start = this.#advance(length);
    const end = start + length;
    this.#at = start;
    this.#end = end;
    try {
      const value = read(this);
      if (this.#at !== end) throw new ProtobufError('message not read to its end');
      return value;
    } catch (error) {
      return orElse(error);
    } finally {
      this.#at = end;
      this.#end = outer;
    }
  }

  #length(): number {
    this.#expect(LENGTH_DELIMITED);
    return this.#varint32();
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw new ProtobufError('wire type of another field type');
  }

  /** Where the next `count` bytes begin. */
  #advance(count: number): number {
    const start = this.#at;
    if (count > this.#end - start) throw new ProtobufError('length beyond the end');
    this.#at = start + count;
    return start;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new ProtobufError('ends within a field');
    return this.#bytes[this.#at++] ?? 0;
  }

  /** A tag or a length: at most five bytes and 32 bits. */
  #varint32(): number {
    let value = this.#byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.#byte();
    if (last > 0x0f) throw new ProtobufError('varint of more than 32 bits');
    return (value | (last << 28)) >>> 0;
  }

  #low = 0;
  #high = 0;

  /** A value: at most ten bytes and 64 bits, into `#low` and `#high`. */
  #varint64(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 24) high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new ProtobufError('varint of more than 64 bits');
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if ((this.#bytes[at] ?? 0) >= 0x80) return false;
    return true;
  }

  #slice(start: number, end: number): string {
    return this.#text?.slice(start, end) ?? this.#bytes.toString('latin1', start, end);
  }

  #utf8(start: number, end: number): string {
    const bytes = this.#bytes.subarray(start, end);
    if (!isUtf8(bytes)) throw new ProtobufError('text that is not UTF-8');
    return bytes.toString();
  }
}
