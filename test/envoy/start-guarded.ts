import { join } from 'node:path';
import { type StartedSallyport, type StartOptions, startSallyport } from '../e2e/start-sallyport.ts';
import type { Wiring } from './render-envoy.ts';
import { type RunningEnvoy, startEnvoy, type StartEnvoyOptions } from './start-envoy.ts';

export interface GuardedOptions extends Omit<StartOptions, 'servers' | 'listeners'> {
  /** URL of the tool server `files`. */
  readonly upstream: string;
  /** How Envoy asks. Default: authorize. */
  readonly wiring?: Wiring;
  /** Fields of the listener beside its socket, such as `engine: grpc-js`. */
  readonly door?: readonly string[];
  readonly edit?: StartEnvoyOptions['edit'];
}

/** An Envoy that asks a Sallyport, both as they are shipped. */
export interface Guarded extends AsyncDisposable {
  readonly envoy: RunningEnvoy;
  readonly sallyport: StartedSallyport;
}

/** What a server says in these tests when they say nothing: every caller may call, under any of the names of loopback. */
export const OPEN_SERVER: readonly string[] = ['identity: anonymous', 'capability: none'];

/** The section of a Sallyport that Envoy asks: one listener, named like the built-in proxy's. */
export function doorSection(fields: readonly string[] = [], wiring: Wiring = 'authorize'): string {
  const door = wiring === 'authorize' ? 'ext_authz' : 'ext_proc';
  return `{ agents: { ${[`door: ${door}`, 'socket: door/envoy.sock', ...fields].join(', ')} } }`;
}

/** Where the socket of that listener is. */
export function doorSocket(folder: string): string {
  return join(folder, 'door/envoy.sock');
}

/** Starts both. */
export async function startGuarded({ upstream, wiring, door, edit, ...options }: GuardedOptions): Promise<Guarded> {
  const listeners = doorSection(door, wiring);
  const sallyport = await startSallyport({ ...options, servers: { files: upstream }, listeners });
  try {
    const socket = doorSocket(sallyport.folder);
    const envoy = await startEnvoy({
      socket,
      upstream,
      ...(wiring === undefined ? {} : { wiring }),
      ...(edit === undefined ? {} : { edit }),
    });
    return {
      envoy,
      sallyport,
      async [Symbol.asyncDispose]() {
        await envoy[Symbol.asyncDispose]();
        await sallyport.close();
      },
    };
  } catch (error) {
    await sallyport.close();
    throw error;
  }
}
