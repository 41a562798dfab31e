import { messageOf } from '../../kit/cause.ts';
import type { RedisClient } from './open-redis.ts';

/**
 * What keeps a client from having a connection: refused, a certificate that is not trusted, a password that is wrong.
 *
 * Who asks while there is no connection is told by the client no more than that; the operator wants to know why.
 */
export class ConnectionFault {
  #cause: unknown;

  constructor(client: Pick<RedisClient, 'on'>) {
    client.on('error', (cause: unknown) => (this.#cause = cause));
    client.on('ready', () => (this.#cause = undefined));
  }

  /** Why a question failed: `cause`, or what keeps the connection from being made. */
  behind(cause: unknown): unknown {
    if (this.#cause === undefined) return cause;
    return new Error(`there is no connection to Redis: ${textOf(this.#cause)}`, { cause: this.#cause });
  }
}

/** A Cluster of which no node can be reached tells of the last one in a member. */
function textOf(cause: unknown): string {
  const last = cause instanceof Error && 'lastNodeError' in cause ? cause.lastNodeError : undefined;
  return last instanceof Error ? `${messageOf(cause)} ${last.message}` : messageOf(cause);
}
