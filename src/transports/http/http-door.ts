import type { Clock } from '../../kit/clock.ts';
import type { Connections } from './connections.ts';

/** What every request of one listener shares, whatever it asks. */
export interface HttpDoor<Assembly> {
  /** The assembly of the last good configuration. */
  readonly current: () => Assembly;
  readonly clock: Clock;
  readonly connections: Connections;
  /** Aborts when the service begins to stop. */
  readonly draining: AbortSignal;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}
