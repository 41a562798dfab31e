import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Connections } from '../http/connections.ts';
import type { ByteBudget } from '../reply/byte-budget.ts';
import type { RefusalStatus } from './answer.ts';
import type { ForwardAuthAssembly } from './forward-auth-assembly.ts';
import type { OriginalFields } from './read-question.ts';

/** What every question of one listener shares. */
export interface ForwardAuthDoor<F extends Facts = Facts> {
  /** The assembly of the last good configuration. */
  readonly current: () => ForwardAuthAssembly<F>;
  readonly clock: Clock;
  readonly connections: Connections;
  /** Bytes of request bodies that are held here. */
  readonly bodies: ByteBudget;
  readonly original: OriginalFields;
  readonly refusals: RefusalStatus;
  /** Aborts when the service begins to stop. */
  readonly draining: AbortSignal;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}
