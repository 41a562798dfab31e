import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientWritableStream, credentials, Metadata } from '@grpc/grpc-js';
import type { Facts } from '../decision/facts.ts';
import { newDoor } from '../transports/ext-authz/check.fixture.ts';
import { createEnvoyServer, type EnvoyServerDoor, type EnvoyServerOptions } from '../transports/envoy/envoy-server.ts';
import { envoyServices, type ServedDoor } from './envoy-services.ts';

/** A listener as Envoy finds it, and what a caller says to it. */
export interface EnvoyBench extends AsyncDisposable {
  readonly server: EnvoyServerDoor;
  readonly door: ReturnType<typeof newDoor>;
  /** What was said of logs that told nothing. */
  readonly events: readonly string[];
  /** One unary call: its reply, or the code of its status. */
  ask(path: string, request: Uint8Array): Promise<Buffer | number>;
  /** A stream of the access log. */
  log(): LogStream;
  /** Closes the connection of all of these. */
  leave(): void;
}

export interface LogStream {
  send(message: Uint8Array): void;
  end(): void;
  /** Code of the status that ends it. */
  readonly ended: Promise<number>;
}

const LOGS = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
const same = (bytes: Buffer): Buffer => bytes;

/** Serves a door over checks that find everything, on a socket. */
export async function serveEnvoy(
  options: Partial<Pick<EnvoyServerOptions, 'engine'> & Pick<ServedDoor, 'wiring' | 'outcomes'>> = {},
  ...doorChanges: Parameters<typeof newDoor>
): Promise<EnvoyBench> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-server-'));
  const socketPath = join(folder, 'door/envoy.sock');
  const door = newDoor(...doorChanges);
  const { engine = 'http2', wiring = 'authorize', outcomes = 'access_log' } = options;
  const events: string[] = [];
  const server = createEnvoyServer<Facts>({
    ...door,
    address: { kind: 'socket', path: socketPath },
    engine,
    maxMessageBytes: 1024 * 1024,
    clientCertificates: 'verified',
    services: (shared) => envoyServices({ ...shared, wiring, outcomes, onEvent: (event) => void events.push(event) }),
  });
  await server.listen();
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure());
  return {
    server,
    door,
    events,
    ask(path, request) {
      const { promise, resolve } = Promise.withResolvers<Buffer | number>();
      client.makeUnaryRequest(path, same, same, Buffer.from(request), (error, reply) =>
        resolve(error?.code ?? reply ?? -1),
      );
      return promise;
    },
    log: () => openLog(client),
    leave: () => client.close(),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.drain(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openLog(client: Client): LogStream {
  const { promise, resolve } = Promise.withResolvers<number>();
  const stream: ClientWritableStream<Buffer> = client.makeClientStreamRequest(
    LOGS,
    same,
    same,
    new Metadata(),
    (error) => resolve(error?.code ?? 0),
  );
  stream.on('error', () => {});
  return {
    send: (message) => void stream.write(Buffer.from(message)),
    end: () => void stream.end(),
    ended: promise,
  };
}
