import type { Facts } from '../../decision/facts.ts';
import type { Elsewhere, Fallbacks } from '../../decision/stand-in.ts';
import { markText } from '../../outcome/fallbacks/mark.ts';
import { markingJudge } from '../../outcome/fallbacks/marking-judge.ts';
import type { BadEnding } from '../reply/bad-ending.ts';
import type { Exchange } from './exchange.ts';
import type { ProxyAssembly, ProxyServer } from './proxy-assembly.ts';

/**
 * The same exchange with another server, which a rule has called in the place of the one that cannot answer: results are marked,
 * none is kept, no session of that server is opened, and no third one is called.
 */
export function withOther<F extends Facts>(
  exchange: Exchange<F>,
  server: ProxyServer,
  { rule, reason, idempotent = false }: Elsewhere,
): Exchange<F> {
  const { received, outcome, fallbacks, facts } = exchange;
  const taken = { rule, source: 'server', server: server.name } as const;
  outcome.standIn = taken;
  // What the first one asked for is nothing that this one said.
  delete outcome.retryAfterMs;
  const mark = markText({ ...taken, reason, decisionId: received.decisionId });
  const { tryElsewhere: _no, ...same } = exchange;
  return {
    ...same,
    // Whether it may be made twice is pinned of each server's tool by itself.
    facts: { ...facts, target: { ...facts.target, idempotent } },
    server,
    sessions: { bind: () => ({ kind: 'too-many' }), end() {} },
    fallbacks: { ...fallbacks, keep() {} },
    judge: () => markingJudge(exchange.judge(), mark),
  };
}

type Others<F extends Facts> = Pick<ProxyAssembly<F>, 'others' | 'furtherAttempts' | 'serverNamed'> & {
  readonly fallbacks: Pick<Fallbacks<F>, 'elsewhere'>;
};

/** A server to call, and why. */
export interface Other {
  readonly server: ProxyServer;
  readonly elsewhere: Elsewhere;
}

/**
 * The server to call after this one failed, with leave to call it; `undefined` when a rule names none, or it may not be called
 * now. The breaker of the first one has then heard of its failure.
 *
 * @param held Gets the call's place at the other server.
 */
export function otherAfter<F extends Facts>(
  { others, fallbacks, furtherAttempts, serverNamed }: Others<F>,
  {
    facts,
    received,
    outcome,
  }: Pick<Exchange<F>, 'facts' | 'outcome'> & { readonly received: { readonly decisionId: string } },
  { refusal: { reason }, outcome: kind, upstreamStatus }: BadEnding,
  held: DisposableStack,
): Other | undefined {
  if (kind === 'cancelled' || (upstreamStatus ?? 500) < 500 || facts.approval.kind !== 'not-required') return undefined;
  if (fallbacks.elsewhere(reason, facts) === undefined) return undefined;
  const { retryAfterMs } = outcome;
  const status = upstreamStatus === undefined ? {} : { httpStatus: upstreamStatus };
  const pause = retryAfterMs === undefined ? {} : { retryAfterMs };
  const { decisionId } = received;
  furtherAttempts.failed({ decisionId, kind, reason, ...status, ...pause, durationMs: 0, replyBytes: 0 });
  const elsewhere = others.take(reason, facts, held);
  const server = elsewhere && serverNamed(elsewhere.server);
  return elsewhere === undefined || server === undefined ? undefined : { elsewhere, server };
}
