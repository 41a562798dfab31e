import type { Facts } from '../../decision/facts.ts';
import { type BadEnding, badLastEvent, badReply, reportBadEnding, withStandIn } from '../reply/bad-ending.ts';
import type { Exchange } from './exchange.ts';
import { endStream, writeReply } from '../http/write-reply.ts';

/**
 * Answers the client in whatever form its reply is in, a whole reply or a last event, and reports the outcome; unless another
 * server is called instead.
 */
export function endBadly<F extends Facts>(exchange: Exchange<F>, ending: BadEnding): void {
  const { response, stop } = exchange;
  if (!response.headersSent && exchange.tryElsewhere?.(ending) === true) return;
  const told = response.headersSent ? ending : withStandIn(exchange, ending);
  if (response.headersSent) endStream(response, badLastEvent(exchange, told));
  else writeReply(response, badReply(exchange, told));
  reportBadEnding(exchange, told);
  stop.abort();
}
