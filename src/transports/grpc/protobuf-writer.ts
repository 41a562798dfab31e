const LEAST_CAPACITY = 1024;
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Appends fields in the wire format (protobuf.dev, "Encoding"). What it is given it writes, defaults too. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(LEAST_CAPACITY);
  #at = 0;

  /** A non-negative `int32`, `uint32`, `bool` or enum. */
  varint(field: number, value: number): void {
    this.#reserve(10);
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.#reserve(13);
    this.#varint(field * 8 + FIXED64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** `string`; lone surrogates become U+FFFD. */
  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#begin(field, length);
    this.#at += this.#bytes.write(text, this.#at);
  }

  bytes(field: number, content: Uint8Array): void {
    this.#begin(field, content.length);
    this.#bytes.set(content, this.#at);
    this.#at += content.length;
  }

  /** A message whose fields `write` appends. */
  message(field: number, write: () => void): void {
    // Its length is not known yet: one byte is kept free for it, and what follows is moved when that is not enough.
    this.#begin(field, 0);
    const start = this.#at;
    write();
    const length = this.#at - start;
    const more = varintBytes(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, this.#at);
    }
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  /** What was written; the writer must not be used any more. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #begin(field: number, length: number): void {
    this.#reserve(10 + length);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(length);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#at + count) * 2);
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count += 1;
  return count;
}
