import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows when exchanges are over. */
export interface Connections {
  /** Resolves when the reply was sent, or the connection is gone: nothing of the exchange is held by the client any more. */
  over(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * Follows exchanges to their end, also one that waits behind another on its connection: Node emits no `close` on the response
 * of one that never got its turn.
 */
export function followConnections(): Connections {
  const open = new WeakMap<Socket, Set<() => void>>();
  const opened = (socket: Socket): Set<() => void> => {
    const ends = new Set<() => void>();
    open.set(socket, ends);
    socket.once('close', () => {
      for (const end of ends) end();
    });
    return ends;
  };
  return {
    over({ socket }, response) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ends = open.get(socket) ?? opened(socket);
      const end = (): void => {
        ends.delete(end);
        resolve();
      };
      ends.add(end);
      response.once('close', end);
      return promise;
    },
  };
}
