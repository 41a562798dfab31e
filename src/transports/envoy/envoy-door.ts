import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { ReadPeer } from './read-peer.ts';
import type { ByteBudget } from '../reply/byte-budget.ts';
import type { Places } from '../reply/places.ts';
import type { EnvoyAssembly } from './envoy-assembly.ts';
import type { ServerFrom } from './name-server.ts';

/** What everything on one listener of Envoy's shares: its questions, its reply streams, its access log. */
export interface EnvoyDoor<F extends Facts = Facts> {
  /** The assembly of the last good configuration. */
  readonly current: () => EnvoyAssembly<F>;
  readonly clock: Clock;
  readonly readPeer: ReadPeer;
  readonly serverFrom: ServerFrom;
  /** The allowed calls that are under way. */
  readonly exchanges: ExchangeLedger<F>;
  /** How an exchange is named where Envoy carries its name. */
  readonly holds: HoldNames;
  /** What calls reserved where other instances can settle it; absent where none can. */
  readonly reservations?: PortableReservations;
  /** What each caller has open or in progress. */
  readonly places: Places;
  /** Open-ended streams that one caller may have at once. */
  readonly maxStreamsPerPrincipal: number;
  /** Bytes of replies that are held here. */
  readonly replies: ByteBudget;
  /** Aborts when the service begins to stop. */
  readonly draining: AbortSignal;
  /** Aborts when it can wait no longer. */
  readonly stopping: AbortSignal;
  /** Hears what was thrown where nothing should throw. */
  readonly onError: (error: unknown) => void;
}

/** Reservations as Envoy carries them to whichever instance it tells what became of the call. Filled by `assemble/`. */
export interface PortableReservations {
  /** Visible ASCII that only instances with the same sealing keys can read. */
  seal(decisionId: string, reservation: string): string;
  /**
   * Settles a reservation that another instance made of a call that was sent so many times; 0: never. Never throws.
   *
   * @returns Whether it was sealed for this listener and this call.
   */
  settle(decisionId: string, sealed: string, attempts: number): boolean;
}

/** Names of open exchanges as Envoy carries them from one filter to the next. Filled by `sealing/`. */
export interface HoldNames {
  seal(decisionId: string): string;
  /** `undefined` when it was not sealed here for this listener. */
  open(hold: string): string | undefined;
}
