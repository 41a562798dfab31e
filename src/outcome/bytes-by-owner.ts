/**
 * How many bytes are kept, and on whose account. All that is kept for one owner together has at most half of the room, so that
 * nobody keeps the others out; one thing alone may have all of it.
 */
export class BytesByOwner {
  readonly #maxBytes: number;
  /** Who has nothing takes no memory. */
  readonly #accounts = new Map<string, number>();
  #bytes = 0;

  /** @param maxBytes Bytes that may be kept in all. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  hasRoom(owner: string, bytes: number): boolean {
    const own = this.#accounts.get(owner) ?? 0;
    return this.#bytes + bytes <= this.#maxBytes && (own === 0 || own + bytes <= this.#maxBytes / 2);
  }

  /** Notes bytes that there is room for. */
  add(owner: string, bytes: number): void {
    this.#move(owner, bytes);
  }

  /** Notes that bytes which were added are kept no more. */
  remove(owner: string, bytes: number): void {
    this.#move(owner, -bytes);
  }

  #move(owner: string, bytes: number): void {
    const own = (this.#accounts.get(owner) ?? 0) + bytes;
    if (own === 0) this.#accounts.delete(owner);
    else this.#accounts.set(owner, own);
    this.#bytes += bytes;
  }
}
