import type { Facts } from '../../decision/facts.ts';
import { followConnections } from '../http/connections.ts';
import { refuseRaw } from '../http/refuse-raw.ts';
import { createStrictServer } from '../http/strict-server.ts';
import type { ForwardAuthDoor } from './forward-auth-door.ts';
import { handleQuestion } from './handle-question.ts';

export interface ForwardAuthServerOptions<F extends Facts = Facts>
  extends Omit<ForwardAuthDoor<F>, 'connections' | 'draining'> {
  /** Where the socket is made, in a directory of mode 0700 of this user's own. */
  readonly socketPath: string;
  /** Connections that may be open at once; more are dropped. */
  readonly maxConnections: number;
  /** Longest time until a whole question is there, milliseconds. */
  readonly requestTimeoutMs: number;
}

/** A door that listens on a Unix socket, and nowhere else. */
export interface ForwardAuthServerDoor {
  /** @throws when the socket cannot be had, or others could reach it. */
  listen(): Promise<void>;
  /** Answers new questions 503, lets the others be answered within `withinMs`, and closes. */
  drain(withinMs: number): Promise<void>;
}

/** A door that is not listening yet. */
export function createForwardAuthServer<F extends Facts>(options: ForwardAuthServerOptions<F>): ForwardAuthServerDoor {
  const { socketPath, maxConnections, requestTimeoutMs, ...shared } = options;
  const draining = new AbortController();
  const door: ForwardAuthDoor<F> = { ...shared, connections: followConnections(), draining: draining.signal };
  const server = createStrictServer({
    address: { kind: 'socket', path: socketPath },
    clock: door.clock,
    maxConnections,
    requestTimeoutMs,
    headersTimeoutMs: requestTimeoutMs,
    serve: (request, response) => handleQuestion(door, request, response),
    refuseRaw: (socket, reason) => refuseRaw({ clock: door.clock, recorder: door.current().recorder }, socket, reason),
  });
  return {
    async listen() {
      await server.listen();
    },
    async drain(withinMs) {
      draining.abort();
      await server.drain(withinMs, () => {});
    },
  };
}
