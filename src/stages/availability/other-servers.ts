import { DEFAULT_PRIORITY } from '../../call/priority.ts';
import type { PinnedTarget } from '../../decision/facts.ts';
import type { OtherServers } from '../../decision/other-servers.ts';
import type { Stages } from '../../decision/stages.ts';
import type { Elsewhere, Fallbacks } from '../../decision/stand-in.ts';
import { type StopGate, stopSubjectOf } from '../../decision/stop-gate.ts';
import { found } from '../../decision/verdict.ts';
import type { SallyportFacts } from '../facts.ts';
import type { Breakers } from './breakers.ts';
import type { Bulkheads } from './bulkheads.ts';
import { tenantOf } from './check.ts';

type CalledFacts = Pick<SallyportFacts, 'call' | 'identity' | 'target' | 'ruling'>;

export interface OtherServersOptions {
  readonly breakers: Pick<Breakers, 'acquire' | 'settle'>;
  readonly bulkheads: Pick<Bulkheads, 'board'>;
  /** What an operator has stopped. */
  readonly stops: Pick<StopGate, 'refuse'>;
  readonly fallbacks: Pick<Fallbacks<SallyportFacts>, 'elsewhere'>;
  /** The tool there, if this call could be made: the server is served, its tool is well, and its rules allow it. */
  readonly twinAt: (facts: CalledFacts, server: string) => Pick<PinnedTarget, 'idempotent'> | undefined;
}

/**
 * The servers that rules name to be called in the place of one that cannot answer. Such a call is one of theirs: what is stopped
 * there stays stopped, and it needs a place and the leave of their breaker.
 */
export function otherServers(options: OtherServersOptions): OtherServers<SallyportFacts> {
  const { breakers, stops, fallbacks, twinAt } = options;
  return {
    take(reason, facts, held): Elsewhere | undefined {
      const elsewhere = fallbacks.elsewhere(reason, facts);
      const twin = elsewhere && twinAt(facts, elsewhere.server);
      if (elsewhere === undefined || twin === undefined) return undefined;
      const { call, identity, target } = facts;
      const { server } = elsewhere;
      if (stops.refuse(stopSubjectOf({ server, target: call.target }, identity)) !== undefined) return undefined;
      const place = boardAt(server, facts, options);
      if (typeof place === 'string') return undefined;
      using taken = new DisposableStack();
      if (place !== undefined) taken.use(place);
      if (breakers.acquire({ server, tool: target.name }, call.decisionId)?.kind === 'refused') return undefined;
      held.use(taken.move());
      return { ...elsewhere, idempotent: twin.idempotent === true };
    },
  };
}

function boardAt(
  server: string,
  { call, identity, target, ruling }: CalledFacts,
  { bulkheads }: Pick<OtherServersOptions, 'bulkheads'>,
): ReturnType<Bulkheads['board']> {
  const { priority = DEFAULT_PRIORITY } = ruling;
  return bulkheads.board({
    server,
    tool: target.name,
    tenant: tenantOf(identity),
    priority,
    bytes: call.body.byteLength,
  });
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
      const instead = others.take(permit.reason, { call, identity, target, ruling }, held);
      if (instead === undefined) return permit;
      undo.defer(() => breakers.settle(call.decisionId, { kind: 'ignored' }));
      return found({ kind: 'granted', instead });
    },
  };
}
