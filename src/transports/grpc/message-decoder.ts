import type { ByteBudget } from './byte-budget.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';

const PREFIX_BYTES = 5;
const LEAST_CAPACITY = 4096;
const NO_BYTES = Buffer.alloc(0);

export interface DecoderOptions {
  readonly maxMessageBytes: number;
  /** What unfinished messages hold is taken from here. */
  readonly budget: ByteBudget;
}

/**
 * Splits the DATA of one stream into length-prefixed messages, however it was cut (gRPC over HTTP/2, "Length-Prefixed-Message").
 *
 * Memory follows the bytes that arrived, never the length that was announced. A message that arrived in one piece is a view of
 * its chunk.
 */
export class MessageDecoder {
  readonly #options: DecoderOptions;
  /** Its beginning holds the bytes of an unfinished message, prefix included. */
  #held: Buffer = NO_BYTES;
  #heldBytes = 0;
  #position = 0;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** Whether the bytes so far end within a message. */
  get unfinished(): boolean {
    return this.#heldBytes > 0;
  }

  /** How far `next()` has read its chunk. */
  get position(): number {
    return this.#position;
  }

  /**
   * Hands each message that `chunk` completes to `deliver`, in order, until that answers `false`.
   *
   * @throws GrpcError as `next()` does.
   */
  push(chunk: Buffer, deliver: (message: Buffer) => boolean): void {
    for (let at = 0; at < chunk.length; at = this.#position) {
      const message = this.next(chunk, at);
      if (message !== undefined && !deliver(message)) return;
    }
  }

  /**
   * The next message that `chunk` completes, read from `at` on; `undefined` when all of it was read without finding one.
   *
   * @throws GrpcError RESOURCE_EXHAUSTED: too large, or no room; UNIMPLEMENTED: compressed; INTERNAL: a flag that is none.
   */
  next(chunk: Buffer, at: number): Buffer | undefined {
    this.#position = at;
    while (this.#position < chunk.length) {
      const whole = this.#heldBytes === 0 ? this.#wholeAt(chunk, this.#position) : undefined;
      const message = whole ?? this.#absorb(chunk, this.#position);
      this.#position += whole === undefined ? this.#absorbed : PREFIX_BYTES + whole.length;
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Gives back what is held; to be called when the stream is over. */
  release(): void {
    this.#options.budget.give(this.#held.length);
    this.#held = NO_BYTES;
    this.#heldBytes = 0;
  }

  /** The message that begins at `at`, when all of it is in `chunk`. */
  #wholeAt(chunk: Buffer, at: number): Buffer | undefined {
    if (chunk.length - at < PREFIX_BYTES) return undefined;
    const end = at + PREFIX_BYTES + this.#lengthAt(chunk, at);
    return end <= chunk.length ? chunk.subarray(at + PREFIX_BYTES, end) : undefined;
  }

  #absorbed = 0;

  /** Copies what belongs to the unfinished message; the message, when that was its end. */
  #absorb(chunk: Buffer, at: number): Buffer | undefined {
    const wanted = this.#wanted();
    this.#absorbed = Math.min(wanted - this.#heldBytes, chunk.length - at);
    this.#makeRoom(this.#heldBytes + this.#absorbed, wanted);
    chunk.copy(this.#held, this.#heldBytes, at, at + this.#absorbed);
    this.#heldBytes += this.#absorbed;
    if (this.#heldBytes < PREFIX_BYTES || this.#heldBytes < this.#wanted()) return undefined;
    const message = this.#held.subarray(PREFIX_BYTES, this.#heldBytes);
    this.release();
    return message;
  }

  /** How many bytes the message has with its prefix, or the prefix alone as long as that is not there. */
  #wanted(): number {
    return this.#heldBytes < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + this.#lengthAt(this.#held, 0);
  }

  #makeRoom(bytes: number, wanted: number): void {
    if (bytes <= this.#held.length) return;
    const capacity = Math.min(Math.max(LEAST_CAPACITY, bytes * 2), Math.max(wanted, LEAST_CAPACITY));
    if (!this.#options.budget.take(capacity - this.#held.length)) {
      throw new GrpcError(GRPC_CODE.RESOURCE_EXHAUSTED, 'too many bytes of unfinished requests');
    }
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#held.copy(larger, 0, 0, this.#heldBytes);
    this.#held = larger;
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const flag = bytes[at];
    if (flag === 1) throw new GrpcError(GRPC_CODE.UNIMPLEMENTED, 'compressed messages are not accepted');
    if (flag !== 0) throw new GrpcError(GRPC_CODE.INTERNAL, 'malformed message prefix');
    const length = bytes.readUInt32BE(at + 1);
    const { maxMessageBytes } = this.#options;
    if (length > maxMessageBytes) {
      throw new GrpcError(GRPC_CODE.RESOURCE_EXHAUSTED, `message of ${length} bytes, at most ${maxMessageBytes}`);
    }
    return length;
  }
}
