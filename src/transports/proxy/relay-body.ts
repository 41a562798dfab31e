import type { Facts } from '../../decision/facts.ts';
import { replaced } from '../reply/bad-ending.ts';
import {
  judgeEmptyReply,
  judgeJsonReply,
  type JudgedBody,
  MAX_UNNAMED_BYTES,
  reportAnswered,
} from '../reply/judge-body.ts';
import { collectBytes } from '../http/collect-bytes.ts';
import { endBadly } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { PassingReply } from './passing-reply.ts';
import { writeReply } from '../http/write-reply.ts';

/**
 * Judges a JSON reply as a whole and passes it on, replaced or refused. At most `maxReplyBytes` are held, and it may stall no
 * longer than a reply may take to begin.
 */
export async function relayJson<F extends Facts>(exchange: Exchange<F>, passing: PassingReply): Promise<void> {
  const { lease, server } = exchange;
  const { maxReplyBytes: maxBytes, replyTimeoutMs: idleMs } = server;
  const collected = await collectBytes(passing.body, { maxBytes, idleMs, lease });
  if (collected.kind === 'too-large') return endBadly(exchange, replaced('reply.too-large', passing.status));
  if (collected.kind === 'no-room') return endBadly(exchange, replaced('overload.busy', passing.status));
  send(exchange, passing, judgeJsonReply(exchange, passing.status, collected.bytes));
}

/** Passes a reply on that must be empty. */
export async function relayEmpty<F extends Facts>(exchange: Exchange<F>, passing: PassingReply): Promise<void> {
  const { lease, server } = exchange;
  const options = { maxBytes: MAX_UNNAMED_BYTES, idleMs: server.replyTimeoutMs, lease };
  const collected = await collectBytes(passing.body, options);
  if (collected.kind !== 'bytes') return endBadly(exchange, replaced('reply.unreadable', passing.status));
  send(exchange, passing, judgeEmptyReply(exchange, passing.status, collected.bytes));
}

function send<F extends Facts>(exchange: Exchange<F>, { status, headers }: PassingReply, judged: JudgedBody): void {
  if (judged.kind === 'ends-badly') return endBadly(exchange, judged.ending);
  writeReply(exchange.response, { status, headers, body: judged.bytes });
  reportAnswered(exchange, status);
}
