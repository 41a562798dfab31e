import type { ReasonCode } from '../../call/reason.ts';
import type { OtherServers } from '../../decision/other-servers.ts';
import type { Stages } from '../../decision/stages.ts';
import type { Elsewhere, Fallbacks } from '../../decision/stand-in.ts';
import { found } from '../../decision/verdict.ts';
import type { SallyportFacts } from '../facts.ts';
import type { Breakers } from './breakers.ts';

type CalledFacts = Pick<SallyportFacts, 'call' | 'identity' | 'target' | 'ruling'>;

export interface OtherServersOptions {
  readonly breakers: Pick<Breakers, 'acquire' | 'settle'>;
  readonly fallbacks: Pick<Fallbacks<SallyportFacts>, 'elsewhere'>;
  /** Whether this call could be made there: the server is served, its tool is well, and its rules allow it. */
  readonly mayCall: (facts: CalledFacts, server: string) => boolean;
}

/** The servers that rules name to be called in the place of one that cannot answer. Their own breakers are asked. */
export function otherServers({ breakers, fallbacks, mayCall }: OtherServersOptions): OtherServers<SallyportFacts> {
  return {
    take(reason: ReasonCode, facts: CalledFacts): Elsewhere | undefined {
      const elsewhere = fallbacks.elsewhere(reason, facts);
      if (elsewhere === undefined || !mayCall(facts, elsewhere.server)) return undefined;
      const key = { server: elsewhere.server, tool: facts.target.name };
      return breakers.acquire(key, facts.call.decisionId)?.kind === 'refused' ? undefined : elsewhere;
    },
  };
}

/**
 * The same checks, for a door that can call another server: where the breaker of one refuses and a rule names another, the call
 * is let through to that.
 */
export function withOtherServers(
  stages: Stages<SallyportFacts>,
  others: OtherServers<SallyportFacts>,
  breakers: Pick<Breakers, 'settle'>,
): Stages<SallyportFacts> {
  return {
    ...stages,
    async checkAvailability(call, identity, target, ruling, held, undo, signal) {
      const permit = await stages.checkAvailability(call, identity, target, ruling, held, undo, signal);
      if (permit.kind !== 'deny' || permit.reason !== 'breaker.open') return permit;
      const instead = others.take(permit.reason, { call, identity, target, ruling });
      if (instead === undefined) return permit;
      undo.defer(() => breakers.settle(call.decisionId, { kind: 'ignored' }));
      return found({ kind: 'granted', instead });
    },
  };
}
