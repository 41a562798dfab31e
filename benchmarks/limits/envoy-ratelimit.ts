import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ProtobufReader } from '../../src/transports/grpc/protobuf-reader.ts';
import { ProtobufWriter } from '../../src/transports/grpc/protobuf-writer.ts';
import { freePort } from '../../test/e2e/free-port.ts';
import { buildGo } from '../../test/e2e/go.ts';
import { type GrpcConnection, openConnection } from '../peers/grpc-connection.ts';
import { startProcess, type StartedProcess } from '../peers/started-process.ts';
import { SCOPES, UNITS } from './bucket-shape.ts';

/** Envoy's ratelimit service on a Redis, with one descriptor for each of the twelve buckets. */
export interface RunningRatelimit extends AsyncDisposable {
  readonly pid: number;
  /** Asks about one call. @throws when it is not allowed. */
  take(): Promise<void>;
}

const SOURCE = fileURLToPath(new URL('envoy-ratelimit', import.meta.url));
const BINARY = fileURLToPath(new URL('../../.parts/envoy-ratelimit/ratelimit', import.meta.url));
const PACKAGE = 'github.com/envoyproxy/ratelimit/src/service_cmd';
const SHOULD_RATE_LIMIT = '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit';
const DOMAIN = 'bench';
const MANY = 4_000_000_000;

/** Builds it, with modules from Go's proxy. @returns Why it is not there, else `undefined`. */
export async function buildRatelimit(): Promise<string | undefined> {
  return await buildGo({ source: SOURCE, binary: BINARY, package: PACKAGE });
}

/** Starts what `buildRatelimit()` built. */
export async function startRatelimit(redisSocket: string): Promise<RunningRatelimit> {
  const folder = await mkdtemp(join(tmpdir(), 'ratelimit-'));
  await mkdir(join(folder, 'ratelimit/config'), { recursive: true });
  await writeFile(join(folder, 'ratelimit/config/config.yaml'), JSON.stringify(configuration()));
  const socket = join(folder, 'ratelimit.sock');
  const service = await start(folder, socket, redisSocket);
  // It says so before it listens.
  while (!existsSync(socket)) await setTimeout(5);
  const connection = await openConnection(socket, {});
  const request = requestOf();
  return {
    pid: service.pid,
    take: () => take(connection, request),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await service[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string, socket: string, redisSocket: string): Promise<StartedProcess> {
  const settings = {
    RUNTIME_ROOT: folder,
    RUNTIME_SUBDIRECTORY: 'ratelimit',
    RUNTIME_WATCH_ROOT: 'false',
    GRPC_UDS: socket,
    HOST: '127.0.0.1',
    PORT: await freePort(),
    DEBUG_HOST: '127.0.0.1',
    DEBUG_PORT: await freePort(),
    USE_STATSD: 'false',
    REDIS_SOCKET_TYPE: 'unix',
    REDIS_URL: redisSocket,
  };
  const assigned = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  // It says at this level that it will listen, and nothing of single calls.
  return await startProcess({
    command: 'env',
    args: [...assigned, 'LOG_LEVEL=INFO', BINARY],
    ready: /()Listening for gRPC/,
  });
}

function configuration(): unknown {
  const descriptors = SCOPES.flatMap((scope) =>
    UNITS.map((unit) => ({ key: `${scope}_${unit}`, rate_limit: { unit, requests_per_unit: MANY } })),
  );
  return { domain: DOMAIN, descriptors };
}

/** `envoy.service.ratelimit.v3.RateLimitRequest`: a domain, and descriptors of one entry each. */
function requestOf(): Uint8Array {
  const writer = new ProtobufWriter();
  writer.string(1, DOMAIN);
  for (const scope of SCOPES) {
    for (const unit of UNITS) {
      writer.message(2, () =>
        writer.message(1, () => {
          writer.string(1, `${scope}_${unit}`);
          writer.string(2, 'one');
        }),
      );
    }
  }
  return writer.finish();
}

/** `overall_code` of a `RateLimitResponse`. */
const OK = 1;

async function take(connection: GrpcConnection, request: Uint8Array): Promise<void> {
  const reader = new ProtobufReader(await connection.unary(SHOULD_RATE_LIMIT, request));
  let code = 0;
  while (reader.next()) {
    if (reader.field === 1) code = reader.int32();
    else reader.skip();
  }
  if (code !== OK) throw new Error(`the ratelimit service answered ${code}`);
}
