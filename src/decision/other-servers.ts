import type { ReasonCode } from '../call/reason.ts';
import type { Facts } from './facts.ts';
import type { Elsewhere } from './stand-in.ts';

/** What a door asks that can call another server in the place of one that failed. */
export interface OtherServers<F extends Facts = Facts> {
  /**
   * The server to call now, with leave to call it; `undefined` when there is none. What it comes to is the call's outcome.
   *
   * @param held Gets the call's place at that server: given back when the call is over, however it ends.
   */
  take(
    reason: ReasonCode,
    facts: Pick<F, 'call' | 'identity' | 'target' | 'ruling'>,
    held: { use(place: Disposable): unknown },
  ): Elsewhere | undefined;
}
