import type { SigningKey } from '../../src/capability/signing-key.ts';
import type { Case } from './direct-cases.ts';
import type { GrpcLoad } from './grpc-load-process.ts';
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts';

export const CONNECTIONS = 4;
export const STREAMS = 16;
/** CPUs that the service and the load generator are kept on. */
export const SERVICE_CPU = 1;
const LOAD_CPU = 0;

/** What asks services over gRPC as Envoy would. */
export type DirectGenerator = LoadGenerator<GrpcLoad, number>;

export function startDirectGenerator(): DirectGenerator {
  return startLoadGenerator(new URL('grpc-load-process.ts', import.meta.url), LOAD_CPU);
}

/** Of so many calls, how many this case gets. */
export function callsOf({ share }: Case, calls: number): number {
  return Math.ceil(calls * share);
}

/** Makes so many calls. @throws when an answer is not what it must be. */
export async function runLoad(
  generator: DirectGenerator,
  { target, workload, expected }: Case,
  key: SigningKey,
  calls: number,
): Promise<void> {
  const fresh = workload.freshEvery === 0 ? 0 : Math.ceil(calls / workload.freshEvery);
  const freshTokens = await Promise.all(Array.from({ length: fresh }, () => target.mint(key)));
  const shape = { connections: CONNECTIONS, streams: STREAMS };
  try {
    await generator.run({
      socket: target.socket,
      headers: target.headers,
      workload,
      expected,
      token: target.token,
      freshTokens,
      calls,
      ...shape,
    });
  } catch (cause) {
    throw new Error(`${target.name}: ${workload.title}`, { cause });
  }
}
