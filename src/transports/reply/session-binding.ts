import type { Facts } from '../../decision/facts.ts';

/** How session ids of replies are given to their callers. Filled by `stages/handles`. */
export interface SessionBinding<F extends Facts = Facts> {
  /** Room for the session that an `initialize` may open, while it is under way. */
  reserve(facts: F): Disposable | 'too-many';
  bind(
    facts: F,
    upstreamId: string,
  ): { readonly kind: 'bound'; readonly sealed: string } | { readonly kind: 'too-many' };
  end(facts: F): void;
}
