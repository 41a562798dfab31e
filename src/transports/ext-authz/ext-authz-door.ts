import type { Facts } from '../../decision/facts.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';

/** What every question of one listener shares. */
export interface ExtAuthzDoor<F extends Facts = Facts> extends EnvoyDoor<F> {
  /** Whether Envoy's access log comes here. Without it nobody says what became of a call that passed unjudged. */
  readonly outcomes: 'access_log' | 'none';
}
