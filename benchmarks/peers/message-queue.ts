/** Takes the bytes of gRPC messages as they come, and hands out whole messages. */
export class MessageQueue {
  /** Messages that nobody has asked for yet. */
  readonly waiting: Buffer[] = [];
  readonly #asked: PromiseWithResolvers<Buffer>[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #failed: { readonly error: unknown } | undefined;

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 5) {
      const end = 5 + this.#bytes.readUInt32BE(1);
      if (this.#bytes.length < end) return;
      this.#put(this.#bytes.subarray(5, end));
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  next(): Promise<Buffer> {
    const first = this.waiting.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#failed !== undefined) return Promise.reject(this.#failed.error);
    const asked = Promise.withResolvers<Buffer>();
    this.#asked.push(asked);
    return asked.promise;
  }

  /** No further message comes. */
  fail(error: unknown): void {
    this.#failed = { error };
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }

  #put(message: Buffer): void {
    const asked = this.#asked.shift();
    if (asked === undefined) this.waiting.push(message);
    else asked.resolve(message);
  }
}
