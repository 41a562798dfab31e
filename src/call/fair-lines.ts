/**
 * What waits, in a line for each who sent it: the lines are served in turn, so nobody waits behind all that another has sent.
 *
 * When no more may wait, the last of the longest line goes. So a sender who has nothing waiting finds room while another has two.
 */
export class FairLines<T> {
  readonly #maxWaiting: number;
  /** By sender, in the order in which they are served. None is empty. */
  readonly #lines = new Map<string, T[]>();
  #size = 0;

  /** @param maxWaiting How many may wait in all. */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes `item` in. @returns What has to go for it, or itself, when there is no room; the caller turns it away. */
  join(sender: string, item: T): T | undefined {
    const line = this.#lines.get(sender) ?? [];
    this.#lines.set(sender, line);
    line.push(item);
    this.#size += 1;
    return this.#size > this.#maxWaiting ? this.#dropLast(line) : undefined;
  }

  /** Takes out the one that is next; `undefined` when none waits. */
  next(): T | undefined {
    for (const [sender, line] of this.#lines) {
      const item = line.shift();
      this.#size -= 1;
      // Behind all others.
      this.#lines.delete(sender);
      if (line.length > 0) this.#lines.set(sender, line);
      return item;
    }
    return undefined;
  }

  /** Among the longest lines it is `own` that loses: who came first stays. */
  #dropLast(own: T[]): T | undefined {
    let [longest, length] = [own, own.length];
    for (const line of this.#lines.values()) if (line.length > length) [longest, length] = [line, line.length];
    this.#size -= 1;
    const last = longest.pop();
    for (const [sender, line] of this.#lines) if (line.length === 0) this.#lines.delete(sender);
    return last;
  }
}
