import type { Facts } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';
import { sealPurpose } from '../../sealing/purpose.ts';
import type { Sealer } from '../../sealing/seal.ts';
import { printSession } from './sealed-session.ts';
import type { SessionRegistry } from './session-registry.ts';

/** What became of a session that the upstream opened. */
export type Bound = { readonly kind: 'bound'; readonly sealed: string } | { readonly kind: 'too-many' };

/** Gives sessions to their callers and takes them away: the half of the session rules that works on replies. */
export interface SessionBinder {
  /** Keeps room for the session that this `initialize` may open, until it is disposed: those under way together count, too. */
  reserve(facts: Facts): Disposable | 'too-many';
  /** The upstream answered `initialize` with this session id: what the caller is shown instead. */
  bind(facts: Facts, upstreamId: string): Bound;
  /** The caller ended the session, or the upstream no longer knows it. Final. */
  end(facts: Facts): void;
}

/** A binder over the sealer and registry that `openHandles` reads with. */
export function createSessionBinder(
  sealer: Sealer,
  registry: SessionRegistry,
  { nowMs }: Pick<Clock, 'nowMs'>,
): SessionBinder {
  return {
    reserve: ({ call, identity }) => registry.reserve(call.server, identity.principal),
    bind({ call, identity }, upstreamId) {
      const session = { server: call.server, owner: identity.principal, upstreamId };
      if (registry.open(session) === 'too-many') return { kind: 'too-many' };
      const text = printSession({ upstreamId, openedAtMs: nowMs() });
      return { kind: 'bound', sealed: sealer.seal(sealPurpose('session', call.server), identity.principal, text) };
    },
    end({ call, identity, handles }) {
      if (handles.upstreamSession === undefined) return;
      registry.end({ server: call.server, owner: identity.principal, upstreamId: handles.upstreamSession });
    },
  };
}
