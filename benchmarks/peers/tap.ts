import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeaderList } from '../../src/call/received.ts';
import { createHealth } from '../../src/transports/grpc/health.ts';
import { createGrpcServer, type StreamCall } from '../../src/transports/grpc/server.ts';
import { type GrpcConnection, openConnection } from './grpc-connection.ts';
import { ACCESS_LOGS, CHECK, PROCESS } from './services.ts';

/** Messages of Envoy, and the answers, in order. */
export interface Seen {
  /** Headers of the last Check. */
  metadata: HeaderList;
  readonly checks: Buffer[];
  readonly checkAnswers: Buffer[];
  readonly process: Buffer[];
  readonly processAnswers: Buffer[];
  readonly logs: Buffer[];
}

/** A service that Envoy asks, which asks another and writes down what is said. */
export interface Tap extends AsyncDisposable {
  readonly socket: string;
  /** What was seen since it was asked for the last time. */
  take(): Seen;
}

/** Listens in front of the service at `target`. */
export async function startTap(target: string): Promise<Tap> {
  const folder = await mkdtemp(join(tmpdir(), 'tap-'));
  await chmod(folder, 0o700);
  const socket = join(folder, 'tap.sock');
  const connection = await openConnection(target, {});
  let seen = nothing();
  const health = createHealth([]);
  health.setServing(true);
  const server = createGrpcServer({
    address: { kind: 'socket', path: socket },
    methods: new Map([
      [
        CHECK,
        async (message, { metadata }) => {
          seen.metadata = metadata;
          seen.checks.push(Buffer.from(message));
          const answer = await connection.unary(CHECK, message);
          seen.checkAnswers.push(answer);
          return answer;
        },
      ],
      ...health.methods,
    ]),
    streams: new Map([
      [PROCESS, (call) => passProcess(call, connection, () => seen)],
      [ACCESS_LOGS, (call) => passLogs(call, connection, () => seen)],
    ]),
    maxMessageBytes: 16 * 1024 * 1024,
    onError: console.error,
  });
  await server.listen();
  return {
    socket,
    take() {
      const taken = seen;
      seen = nothing();
      return taken;
    },
    async [Symbol.asyncDispose]() {
      await server.drain(0);
      await connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function nothing(): Seen {
  return { metadata: [], checks: [], checkAnswers: [], process: [], processAnswers: [], logs: [] };
}

/** Each message gets one answer. */
async function passProcess(call: StreamCall, connection: GrpcConnection, seen: () => Seen): Promise<void> {
  const onwards = connection.stream(PROCESS);
  for await (const message of call.messages) {
    seen().process.push(Buffer.from(message));
    await onwards.send(message);
    const answer = await onwards.next();
    seen().processAnswers.push(answer);
    await call.send(answer);
  }
  await onwards.end();
}

async function passLogs(call: StreamCall, connection: GrpcConnection, seen: () => Seen): Promise<void> {
  const onwards = connection.stream(ACCESS_LOGS);
  for await (const message of call.messages) {
    seen().logs.push(Buffer.from(message));
    await onwards.send(message);
  }
}
