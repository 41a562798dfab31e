import type { TestContext } from 'node:test';
import {
  type ClientTls,
  ECHO,
  type OfficialClient,
  officialClient,
  type PlainClient,
  plainClient,
} from './clients.fixture.ts';
import type { GrpcAddress, GrpcServer, GrpcServerOptions, UnaryCall, UnaryHandler } from './grpc-server.ts';
import { type RawConnection, rawConnection } from './raw-frames.fixture.ts';

export type CreateServer = (options: GrpcServerOptions) => GrpcServer;

export interface Started {
  readonly server: GrpcServer;
  readonly address: GrpcAddress;
  /** Calls that reached `ECHO` or `HELD`. */
  readonly seen: { readonly request: Uint8Array; readonly call: UnaryCall }[];
  /** What `onError` heard. */
  readonly errors: unknown[];
  /** Answers the calls of `HELD` that wait. */
  release(): void;
  official(tls?: ClientTls): OfficialClient;
  plain(settings?: object): Promise<PlainClient>;
  raw(preface?: boolean): Promise<RawConnection>;
}

export const MAX_MESSAGE = 1_000_000;
/** A method whose calls wait until `release()`. */
export const HELD = '/test.Service/Held';

/** A server of the engine on a free port, stopped with its clients when the test is over. */
export async function start(
  t: TestContext,
  create: CreateServer,
  options: Partial<GrpcServerOptions> = {},
): Promise<Started> {
  const seen: { request: Uint8Array; call: UnaryCall }[] = [];
  const errors: unknown[] = [];
  const waiting = new Set<() => void>();
  const echo: UnaryHandler = async (request, call) => {
    seen.push({ request: Buffer.from(request), call });
    return request;
  };
  const held: UnaryHandler = async (request, call) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    seen.push({ request: Buffer.from(request), call });
    await promise;
    return request;
  };
  const { methods = new Map(), ...rest } = options;
  const server = create({
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    maxMessageBytes: MAX_MESSAGE,
    onError: (error) => errors.push(error),
    ...rest,
    methods: new Map([[ECHO, echo], [HELD, held], ...methods]),
  });
  const address = await server.listen();
  t.after(() => server.drain(0));
  return {
    server,
    address,
    seen,
    errors,
    release: () => waiting.forEach((resolve) => resolve()),
    official(tls) {
      const client = officialClient(address, tls);
      t.after(() => client.close());
      return client;
    },
    async plain(settings) {
      const client = await plainClient(address, settings);
      t.after(() => client.close());
      return client;
    },
    async raw(preface) {
      const connection = await rawConnection(address, preface);
      t.after(() => connection.socket.destroy());
      return connection;
    },
  };
}

/** Resolves when `holds` does; for what another process or the kernel must do first. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
