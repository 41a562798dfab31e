import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGrpcServer, type UnaryHandler } from '../../src/transports/grpc/server.ts';

/** A service that Envoy asks in place of Sallyport's. */
export interface StandIn extends AsyncDisposable {
  readonly socket: string;
}

/** Starts one that answers every Check as told. */
export async function startStandIn(check: UnaryHandler): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  const socket = join(folder, 'door.sock');
  const server = createGrpcServer({
    address: { kind: 'socket', path: socket },
    methods: new Map([['/envoy.service.auth.v3.Authorization/Check', check]]),
    maxMessageBytes: 4 * 1024 * 1024,
    onError: () => {},
  });
  await server.listen();
  return {
    socket,
    async [Symbol.asyncDispose]() {
      await server.drain(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
