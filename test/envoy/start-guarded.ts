import { doorSocket, listenerOf, type Wiring } from '../e2e/carriers.ts';
import { type StartedSallyport, type StartOptions, startSallyport } from '../e2e/start-sallyport.ts';
import { type RunningEnvoy, startEnvoy } from './start-envoy.ts';

export interface GuardedOptions extends Omit<StartOptions, 'servers' | 'listeners' | 'carrier'> {
  /** URL of the tool server `files`. */
  readonly upstream: string;
  /** How Envoy asks. Default: authorize. */
  readonly wiring?: Wiring;
  /** Envoy's threads that carry requests. Default: 2. */
  readonly workers?: number;
}

/** The Envoy of a shipped file that asks a Sallyport. */
export interface Guarded extends AsyncDisposable {
  readonly envoy: RunningEnvoy;
  readonly sallyport: StartedSallyport;
}

/** What a server says in these tests when they say nothing: every caller may call, under any of the names of loopback. */
export const OPEN_SERVER: readonly string[] = ['identity: anonymous', 'capability: none'];

/** Starts both. */
export async function startGuarded(given: GuardedOptions): Promise<Guarded> {
  const { upstream, wiring, workers, door, edit, ...options } = given;
  const listeners = listenerOf({ carrier: wiring ?? 'authorize', ...(door === undefined ? {} : { door }) });
  const sallyport = await startSallyport({ ...options, servers: { files: upstream }, listeners });
  try {
    const socket = doorSocket(sallyport.folder);
    const envoy = await startEnvoy({
      socket,
      upstream,
      ...(wiring === undefined ? {} : { wiring }),
      ...(workers === undefined ? {} : { workers }),
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
