import type { Dispatcher } from 'undici';
import { type SseEvent, SseReader } from '../../call/sse.ts';
import type { Call } from '../../call/call.ts';
import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import { readReply, valueAt } from '../../outcome/read-reply.ts';
import { endBadly, replaced, upstreamFailed } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { returnedHeaders } from './reply-headers.ts';
import { isKept, safeBlock } from './sse-block.ts';
import { endStream, writeChunk } from './write-reply.ts';

/** What has passed on a stream so far: enough to know at its end whether the client was answered. */
interface Passed {
  lastMessage: Uint8Array | undefined;
  /** Whether an event had an id, so that the client can come back for the rest. */
  resumable: boolean;
}

/**
 * Passes an event stream on, block by block as each becomes complete: judged, and byte for byte when nothing changes and
 * every client reads the same in it.
 *
 * The upstream is read no faster than the client reads. A block that cannot be judged, one that is too large, and an end
 * without an answer become a last event that says so.
 */
export async function relaySse<F extends Facts>(
  exchange: Exchange<F>,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  session: string | undefined,
): Promise<void> {
  const { response, server, facts, outcome, lease } = exchange;
  const reader = new SseReader(server.maxReplyBytes);
  const passed: Passed = { lastMessage: undefined, resumable: false };
  const returned = returnedHeaders(facts, headers, session).flat();
  response.writeHead(statusCode, [...returned, 'x-accel-buffering', 'no']);
  response.flushHeaders();
  let pending = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    pending += chunk.byteLength;
    if (!lease.resize(pending)) return endBadly(exchange, replaced('overload.busy', statusCode));
    const batch = reader.push(chunk);
    const rejected = await passEvents(exchange, batch.events, passed);
    if (rejected !== undefined) return endBadly(exchange, replaced(rejected, statusCode));
    if (batch.kind === 'too-large') return endBadly(exchange, replaced('reply.too-large', statusCode));
    for (const { raw } of batch.events) pending -= raw.byteLength;
    lease.resize(pending);
  }
  const rejected = await passEvents(exchange, reader.end().events, passed);
  if (rejected !== undefined) return endBadly(exchange, replaced(rejected, statusCode));
  if (isUnanswered(facts.call, passed)) return endBadly(exchange, upstreamFailed('upstream.cut'));
  endStream(response);
  outcome.report('answered', { httpStatus: statusCode, ...exchange.judge().seen });
}

/** What is sent of a message that is not for this caller. */
const NOTHING = new Uint8Array();

/** @returns Why one of `events` may not pass; those before it have. */
async function passEvents<F extends Facts>(
  exchange: Exchange<F>,
  events: readonly SseEvent[],
  passed: Passed,
): Promise<ReasonCode | undefined> {
  for (const event of events) {
    if (isKept(event.id)) passed.resumable = true;
    const bytes = judgedBytes(exchange, event, passed);
    if (typeof bytes === 'string') return bytes;
    exchange.outcome.replyBytes += bytes.byteLength;
    await writeChunk(exchange.response, bytes, exchange.stop.signal);
    exchange.stop.signal.throwIfAborted();
  }
  return undefined;
}

/** The block to send, or why it may not be sent. Comments, retry hints and priming events have nothing to judge. */
function judgedBytes<F extends Facts>(
  { judge }: Exchange<F>,
  event: SseEvent,
  passed: Passed,
): Uint8Array | ReasonCode {
  if (event.data === undefined || event.data.byteLength === 0) return safeBlock(event);
  const judged = judge().judge(event.data);
  if (judged.kind === 'reject') return judged.reason;
  if (judged.kind === 'drop') return NOTHING;
  passed.lastMessage = judged.kind === 'replace' ? judged.bytes : event.data;
  return judged.kind === 'replace' ? safeBlock(event, judged.bytes) : safeBlock(event);
}

/**
 * Whether a request would be left without its answer. A legacy server may end a stream early on purpose when its events have
 * ids: the client then comes back with Last-Event-ID (2025-11-25, "Resumability").
 */
function isUnanswered({ kind, era, id }: Call, { lastMessage, resumable }: Passed): boolean {
  if (kind !== 'request' || (era === 'legacy' && resumable)) return false;
  const reply = lastMessage === undefined ? undefined : readReply(lastMessage);
  // The server may cancel a subscription instead of answering it (2026-07-28, "Cancellation").
  if (reply?.kind === 'notification') return reply.method !== 'notifications/cancelled';
  if (lastMessage === undefined || reply === undefined || reply.kind === 'request') return true;
  return reply.id === undefined || valueAt(lastMessage, reply.id) !== id;
}
