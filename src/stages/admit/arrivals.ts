/**
 * Calls of each server that were admitted and are not ruled on yet. They will soon take places there: whoever looks at those
 * alone lets a crowd in that arrives at once.
 */
export class Arrivals {
  readonly #servers = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** A call was admitted. */
  add(decisionId: string, server: string): void {
    this.#servers.set(decisionId, server);
    this.#counts.set(server, this.of(server) + 1);
  }

  /** It was ruled on, or is over. What is not there (any more) changes nothing. */
  delete(decisionId: string): void {
    const server = this.#servers.get(decisionId);
    if (server === undefined) return;
    this.#servers.delete(decisionId);
    const left = this.of(server) - 1;
    // Names that no server has may come from a path: they must not stay.
    if (left > 0) this.#counts.set(server, left);
    else this.#counts.delete(server);
  }

  /** How many of a server there are. */
  of(server: string): number {
    return this.#counts.get(server) ?? 0;
  }
}
