import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGrpcServer, type StreamHandler, type UnaryHandler } from '../../src/transports/grpc/server.ts';

/** A service that Envoy asks in place of Sallyport's. */
export interface StandIn extends AsyncDisposable {
  readonly socket: string;
}

/** How it answers. */
export interface StandInAnswers {
  /** Each Check of ext_authz. */
  readonly check?: UnaryHandler;
  /** Each stream of ext_proc. */
  readonly process?: StreamHandler;
}

/** Starts one that answers as told. What it is not told about is not there. */
export async function startStandIn({ check, process }: StandInAnswers): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  const socket = join(folder, 'door.sock');
  const server = createGrpcServer({
    address: { kind: 'socket', path: socket },
    methods: new Map(check === undefined ? [] : [['/envoy.service.auth.v3.Authorization/Check', check]]),
    streams: new Map(process === undefined ? [] : [['/envoy.service.ext_proc.v3.ExternalProcessor/Process', process]]),
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
