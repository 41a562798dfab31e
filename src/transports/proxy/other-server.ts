import type { Facts } from '../../decision/facts.ts';
import type { Elsewhere } from '../../decision/stand-in.ts';
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
  { rule, reason }: Elsewhere,
): Exchange<F> {
  const { received, outcome, fallbacks } = exchange;
  const taken = { rule, source: 'server', server: server.name } as const;
  outcome.standIn = taken;
  const mark = markText({ ...taken, reason, decisionId: received.decisionId });
  const { tryElsewhere: _no, ...same } = exchange;
  return {
    ...same,
    server,
    sessions: { bind: () => ({ kind: 'too-many' }), end() {} },
    fallbacks: { ...fallbacks, keep() {} },
    judge: () => markingJudge(exchange.judge(), mark),
  };
}

/** A server to call, and why. */
export interface Other {
  readonly server: ProxyServer;
  readonly elsewhere: Elsewhere;
}

/**
 * The server to call after this one failed, with leave to call it; `undefined` when a rule names none, or it may not be called
 * now. The breaker of the first one has then heard of its failure.
 */
export function otherAfter<F extends Facts>(
  { others, fallbacks, furtherAttempts, serverNamed }: ProxyAssembly<F>,
  { facts, received }: Pick<Exchange<F>, 'facts' | 'received'>,
  { refusal: { reason }, outcome: kind, upstreamStatus }: BadEnding,
): Other | undefined {
  if (kind === 'cancelled' || (upstreamStatus ?? 500) < 500 || facts.approval.kind !== 'not-required') return undefined;
  if (fallbacks.elsewhere(reason, facts) === undefined) return undefined;
  const status = upstreamStatus === undefined ? {} : { httpStatus: upstreamStatus };
  furtherAttempts.failed({ decisionId: received.decisionId, kind, reason, ...status, durationMs: 0, replyBytes: 0 });
  const elsewhere = others.take(reason, facts);
  const server = elsewhere && serverNamed(elsewhere.server);
  return elsewhere === undefined || server === undefined ? undefined : { elsewhere, server };
}
