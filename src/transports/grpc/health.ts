import { GRPC_CODE, GrpcError } from './grpc-error.ts';
import type { UnaryHandler } from './grpc-server.ts';
import { readHealthRequest } from './read-health-request.ts';

/** `grpc.health.v1.Health` of one server. `Watch` is UNIMPLEMENTED, which the protocol allows: callers then ask again. */
export interface Health {
  /** To be put among the server's methods. */
  readonly methods: ReadonlyMap<string, UnaryHandler>;
  /** What `Check` answers from now on: SERVING or NOT_SERVING. It starts with NOT_SERVING. */
  setServing(serving: boolean): void;
}

/** `HealthCheckResponse { status: … }`, field 1: SERVING is 1, NOT_SERVING 2. */
const SERVING = Uint8Array.of(0x08, 1);
const NOT_SERVING = Uint8Array.of(0x08, 2);

/** Health of the server as a whole (the empty name) and of each named service; another name is NOT_FOUND. */
export function createHealth(services: readonly string[]): Health {
  const names = new Set(['', ...services]);
  let serving = false;
  const check: UnaryHandler = async (request) => {
    const service = readHealthRequest(request);
    if (service === undefined) throw new GrpcError(GRPC_CODE.INVALID_ARGUMENT, 'malformed HealthCheckRequest');
    if (!names.has(service)) throw new GrpcError(GRPC_CODE.NOT_FOUND, 'unknown service');
    return serving ? SERVING : NOT_SERVING;
  };
  return {
    methods: new Map([['/grpc.health.v1.Health/Check', check]]),
    setServing(now) {
      serving = now;
    },
  };
}
