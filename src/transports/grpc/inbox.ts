import type { ByteBudget } from './byte-budget.ts';
import type { CallListener, CallStream } from './call-stream.ts';
import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import { type DecoderOptions, MessageDecoder } from './message-decoder.ts';
import { MessageReader, type MessageSource } from './message-reader.ts';

/** Bytes that may wait for the handler; with more, the caller is held up. */
const MOST_UNREAD = 64 * 1024;
/** What a chunk costs beside its bytes, so that many small ones count too. */
const CHUNK_OVERHEAD = 256;

export interface InboxOptions extends DecoderOptions {
  readonly call: CallStream;
  /** Most bytes that a caller can have on their way once he is held up. */
  readonly unseenBytes: number;
}

/**
 * What a streaming call has received and its handler has not read. All of it is taken from the budget.
 *
 * Bytes are split into messages only as they are read, so that a flood of tiny messages costs no more than its bytes.
 */
export class Inbox implements CallListener, MessageSource {
  /** For the handler. */
  readonly messages = new MessageReader(this);
  readonly #call: CallStream;
  readonly #budget: ByteBudget;
  readonly #unseenBytes: number;
  readonly #decoder: MessageDecoder;
  readonly #chunks: Buffer[] = [];
  /** How much of the first chunk was read. */
  #read = 0;
  #unread = 0;
  #reserved = 0;
  #halfClosed = false;

  constructor({ call, unseenBytes, ...decoding }: InboxOptions) {
    this.#call = call;
    this.#budget = decoding.budget;
    this.#unseenBytes = unseenBytes;
    this.#decoder = new MessageDecoder(decoding);
  }

  data(chunk: Buffer): void {
    const cost = chunk.length + CHUNK_OVERHEAD;
    this.#take(cost);
    this.#chunks.push(chunk);
    this.#unread += cost;
    this.messages.look();
    if (this.#unread > MOST_UNREAD) this.#holdUp();
  }

  halfClosed(): void {
    this.#halfClosed = true;
    this.messages.end();
  }

  over(why: GrpcError): void {
    this.#letGo();
    this.messages.fail(why);
  }

  take(): Buffer | undefined {
    try {
      return this.#next();
    } catch (error) {
      this.close();
      this.#call.fail(error);
      return undefined;
    }
  }

  wanting(): void {
    if (this.#reserved === 0) return;
    this.#letGo();
    this.#call.resume();
  }

  /** Gives back all that it holds; to be called when the handler is done. */
  close(): void {
    this.#letGo();
    this.#budget.give(this.#unread);
    this.#unread = 0;
    this.#chunks.length = 0;
    this.#decoder.release();
  }

  #next(): Buffer | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const message = this.#decoder.next(chunk, this.#read);
      this.#read = this.#decoder.position;
      if (this.#read === chunk.length) this.#drop(chunk);
      if (message !== undefined) return message;
    }
    if (!this.#halfClosed || !this.#decoder.unfinished) return undefined;
    throw new GrpcError(GRPC_CODE.INTERNAL, 'the request ends within a message');
  }

  #drop({ length }: Buffer): void {
    this.#chunks.shift();
    this.#read = 0;
    this.#unread -= length + CHUNK_OVERHEAD;
    this.#budget.give(length + CHUNK_OVERHEAD);
  }

  /** Lets the window of the stream close. What may come until then is taken from the budget beforehand: it is not seen. */
  #holdUp(): void {
    if (this.#reserved > 0) return;
    this.#take(this.#unseenBytes);
    this.#reserved = this.#unseenBytes;
    this.#call.pause();
  }

  #letGo(): void {
    this.#budget.give(this.#reserved);
    this.#reserved = 0;
  }

  #take(bytes: number): void {
    if (this.#budget.take(bytes)) return;
    throw new GrpcError(GRPC_CODE.RESOURCE_EXHAUSTED, 'too many bytes of unread messages');
  }
}
