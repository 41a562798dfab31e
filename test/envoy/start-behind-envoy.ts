import { type Guarded, type GuardedOptions, startGuarded } from '../e2e/start-guarded.ts';
import type { Wiring } from './render-envoy.ts';
import { type RunningEnvoy, startEnvoy, type StartEnvoyOptions } from './start-envoy.ts';
import { doorSection, doorSocket } from './start-guarded.ts';

export interface BehindEnvoyOptions extends Omit<GuardedOptions, 'servers' | 'listeners' | 'lines'> {
  readonly wiring: Wiring;
  /** URL of the tool server. */
  readonly upstream: string;
  /** Fields of the listener beside its socket. */
  readonly door?: readonly string[];
  /** Lines of the server's entry. */
  readonly lines?: readonly string[];
  readonly edit?: StartEnvoyOptions['edit'];
}

/** A Sallyport that asks for tokens, and the Envoy in front of it; `url()` and `token()` are those of the one server. */
export interface BehindEnvoy extends Guarded {
  readonly envoy: RunningEnvoy;
}

/** Starts both. A restart of Sallyport leaves Envoy as it is. */
export async function startBehindEnvoy(options: BehindEnvoyOptions): Promise<BehindEnvoy> {
  const { wiring, upstream, door, lines = [], edit, ...more } = options;
  const guarded = await startGuarded({
    ...more,
    servers: { files: upstream },
    lines: { files: lines },
    listeners: doorSection(door, wiring),
  });
  try {
    const socket = doorSocket(guarded.folder);
    const envoy = await startEnvoy({ wiring, socket, upstream, ...(edit === undefined ? {} : { edit }) });
    const close = async (): Promise<void> => {
      await envoy[Symbol.asyncDispose]();
      await guarded.close();
    };
    return {
      ...guarded,
      envoy,
      url: () => envoy.url,
      token: (subject, wish = {}) => guarded.token(subject, wish, 'files'),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await guarded.close();
    throw error;
  }
}

/** Both ways in which replies are judged. */
export const WIRINGS: readonly Wiring[] = ['authorize', 'inspect'];
