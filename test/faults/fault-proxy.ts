import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../e2e/free-port.ts';
import { relayReplies } from './relay-replies.ts';

/**
 * What happens to connections. Words cut those that are open:
 *
 * `none`: nothing. `refused`: nobody listens. `reset`: they are torn down at once. `silent`: they are taken, and nothing comes back.
 *
 * Objects leave them open, and change what comes back from the server:
 *
 * `delayMs`: later by so many milliseconds, any of a range. `dripEveryMs`: one byte after the other. `cutAfterBytes`: so many bytes
 * of an answer, then a reset. `answer`: these bytes in place of the server's, whatever was asked, which the server never hears of.
 */
export type Fault =
  | 'none'
  | 'refused'
  | 'reset'
  | 'silent'
  | { readonly delayMs: readonly [least: number, most: number] }
  | { readonly dripEveryMs: number }
  | { readonly cutAfterBytes: number }
  | { readonly answer: Uint8Array };

/** A way to a real server on which faults can be had. */
export interface FaultProxy extends AsyncDisposable {
  /** The server's URL by this way. */
  readonly url: string;
  readonly port: number;
  /** What happens from now on, also to connections that are open. Resolves when it does. */
  set(fault: Fault): Promise<void>;
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
    near.on('data', (chunk: Buffer) => {
      if (typeof fault === 'object' && 'answer' in fault) near.write(fault.answer);
      else far.write(chunk);
    });
    relayReplies(far, near, () => fault);
    near.on('end', () => far.end()).on('close', () => far.destroy());
  });
  const own = await listenOn(server, await freePort());
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${own}${pathname}`,
    port: own,
    async set(next) {
      const keepsOpen = typeof next === 'object' || (next === 'none' && typeof fault === 'object');
      fault = next;
      if (!keepsOpen) cut();
      if (next === 'refused') await stopListening(server);
      else if (!server.listening) await listenOn(server, own);
    },
    get taken() {
      return taken;
    },
    async [Symbol.asyncDispose]() {
      const stopped = stopListening(server);
      cut();
      await stopped;
    },
  };
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return port;
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}
