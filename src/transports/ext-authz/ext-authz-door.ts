import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ReadPeer } from './check-peer.ts';
import type { ExtAuthzAssembly } from './ext-authz-assembly.ts';

/** What every question of one listener shares. */
export interface ExtAuthzDoor<F extends Facts = Facts> {
  /** The assembly of the last good configuration. */
  readonly current: () => ExtAuthzAssembly<F>;
  readonly clock: Clock;
  readonly readPeer: ReadPeer;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}
