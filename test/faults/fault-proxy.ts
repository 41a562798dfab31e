import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to connections. `reset`: they are torn down at once. `silent`: they are taken, and nothing comes back. */
export type Fault = 'none' | 'reset' | 'silent';

/** A way to a real server on which faults can be had. */
export interface FaultProxy extends AsyncDisposable {
  /** The server's URL by this way. */
  readonly url: string;
  /** What happens from now on, also to connections that are open. */
  set(fault: Fault): void;
  /** Connections that were taken so far. */
  readonly taken: number;
}

/** A TCP relay on a free loopback port to the server of `url`. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const { hostname, port, pathname } = new URL(url);
  const sockets = new Set<Socket>();
  let fault: Fault = 'none';
  let taken = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    taken += 1;
    keep(near);
    if (fault === 'reset') return void near.resetAndDestroy();
    if (fault === 'silent') return void near.resume();
    const far = connect({ host: hostname, port: Number(port) });
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${pathname}`,
    set(next) {
      fault = next;
      cut();
    },
    get taken() {
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      if (server.listening) await once(server, 'close');
    },
  };
}
