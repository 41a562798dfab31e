import type { Call } from '../../call/call.ts';
import type { Identity } from '../../decision/facts.ts';
import { facts } from '../../decision/facts.fixture.ts';
import type { Sealer } from '../../sealing/seal.ts';
import { type Bound, createSessionBinder } from './bind-session.ts';
import type { SessionRegistry } from './session-registry.ts';

/** What `identity` gets when the upstream opens the session `upstream-1`. */
export function bindingOf(
  sealer: Sealer,
  registry: SessionRegistry,
  identity: Identity,
): { readonly bound: Bound; readonly call: Call } {
  const binder = createSessionBinder(sealer, registry, { nowMs: () => 1_800_000_000_000 });
  return { bound: binder.bind({ ...facts, identity }, 'upstream-1'), call: facts.call };
}
