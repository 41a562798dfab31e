import type { Facts } from '../../decision/facts.ts';
import type { Turn } from '../../kit/turn.ts';
import { EventRelay } from '../reply/event-relay.ts';
import { blocksOf, newEventTurn } from '../reply/event-turn.ts';
import { reportAnswered } from '../reply/judge-body.ts';
import { takeTogether, type Together } from '../reply/take-together.ts';
import { endBadly } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { PassingReply } from './passing-reply.ts';
import { endStream, writeChunk } from '../http/write-reply.ts';

/**
 * Passes an event stream on, block by block as each becomes complete; those that came together go out together.
 *
 * The upstream is read no faster than the client reads, and others have their turn however many blocks it sends. A block that
 * cannot be judged, one that is too large, and an end without an answer become a last event that says so.
 */
export async function relaySse<F extends Facts>(
  exchange: Exchange<F>,
  { status, headers, body }: PassingReply,
): Promise<void> {
  const { response } = exchange;
  const relay = new EventRelay(exchange, status);
  const turn = newEventTurn();
  response.writeHead(status, headers.flat());
  response.flushHeaders();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    relay.push(chunk);
    const turnOver = spend(exchange, turn, blocksOf(chunk));
    if (turnOver !== undefined) await turnOver;
    const step = await pass(exchange, relay, turn);
    if (step.kind === 'ends-badly') return endBadly(exchange, step.ending);
  }
  relay.end();
  const last = await pass(exchange, relay, turn);
  if (last.kind === 'ends-badly') return endBadly(exchange, last.ending);
  endStream(response);
  reportAnswered(exchange, status);
}

/** Sends what can be sent now. @returns What is to be done then. */
async function pass<F extends Facts>(
  exchange: Exchange<F>,
  relay: EventRelay<F>,
  turn: Turn,
): Promise<NonNullable<Together['next']>> {
  const { response, stop } = exchange;
  for (;;) {
    const { bytes, blocks, next } = takeTogether(relay, turn.left);
    if (bytes.byteLength > 0) await writeChunk(response, bytes, stop.signal);
    const turnOver = blocks > 0 ? spend(exchange, turn, blocks) : undefined;
    if (turnOver !== undefined) await turnOver;
    if (next !== undefined) return next;
  }
}

/**
 * Spends of this turn, as `Turn.spend`.
 *
 * @throws when the stream was ended meanwhile, also what it returns: nothing more of it may pass.
 */
function spend<F extends Facts>({ stop }: Exchange<F>, turn: Turn, blocks: number): Promise<void> | undefined {
  const turnOver = turn.spend(blocks);
  if (turnOver !== undefined) return turnOver.then(() => stop.signal.throwIfAborted());
  stop.signal.throwIfAborted();
  return undefined;
}
