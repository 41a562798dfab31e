import { Lru } from '../kit/lru.ts';

/** More calls than are ever in progress at once; one whose outcome never comes makes room in the end. */
const MAX_CALLS = 65_536;

/** Which server an allowed call went to, until its outcome is known: an outcome names only its decision. */
export class OpenCalls {
  readonly #servers = new Lru<string, string>(MAX_CALLS);

  add(decisionId: string, server: string): void {
    this.#servers.set(decisionId, server);
  }

  /** The server of the call, which is over now; empty when it is not known. */
  take(decisionId: string): string {
    const server = this.#servers.get(decisionId) ?? '';
    this.#servers.delete(decisionId);
    return server;
  }
}
