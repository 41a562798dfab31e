import type { Dispatcher } from 'undici';
import errors from 'undici/lib/core/errors.js';
import type { ReasonCode } from '../../call/reason.ts';
import { editBody } from '../../call/edit-body.ts';
import { traceReplacements } from '../../call/trace-members.ts';
import type { Facts } from '../../decision/facts.ts';
import { StreamStalled } from '../http/collect-bytes.ts';
import { cancelled, upstreamFailed } from '../reply/bad-ending.ts';
import { endBadly } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { forwardedHeaders } from '../request/forwarded-headers.ts';
import { relayReply } from './relay-reply.ts';
import { sendRequest } from './send-request.ts';
import { type Retrying, sendWithRetries } from './send-with-retries.ts';

/**
 * Sends an allowed call to its upstream and the reply back, and reports the outcome once. Never rejects.
 *
 * The body is the judged bytes with only the must-edits made. Redirects are not followed. It is sent once, unless `retrying`
 * says otherwise. When the client goes away, or the stream is ended from here, the upstream request is aborted at once.
 */
export async function forward<F extends Facts>(
  exchange: Exchange<F>,
  dispatcher: Dispatcher,
  retrying?: Retrying,
): Promise<void> {
  try {
    const request = upstreamRequest(exchange);
    const reply =
      retrying === undefined
        ? await sendRequest(dispatcher, request)
        : await sendWithRetries(exchange, { dispatcher, request, retrying });
    reply.body.on('error', ignore);
    await relayReply(exchange, reply, (upstreamId) => void endSession(exchange, dispatcher, upstreamId));
    // A reply that was refused half-way must not keep its connection busy.
    reply.body.destroy();
  } catch (cause) {
    settle(exchange, cause);
  }
}

/** Errors reach the loop that reads the body; destroying a body that nobody reads must not end the process. */
function ignore(): void {}

function settle<F extends Facts>(exchange: Exchange<F>, cause: unknown): void {
  endFor(exchange, reasonOf(cause, exchange.response.headersSent), cause);
}

/** Ends an exchange as it was ended from here, without a word when its caller has gone, else because of `reason`. */
export function endFor<F extends Facts>(exchange: Exchange<F>, reason: ReasonCode, cause?: unknown): void {
  const ending = exchange.ending();
  if (ending !== undefined) return endBadly(exchange, cancelled(ending));
  if (exchange.stop.signal.aborted) return exchange.outcome.report('cancelled');
  endBadly(exchange, upstreamFailed(reason, cause));
}

function reasonOf(cause: unknown, begun: boolean): ReasonCode {
  if (cause instanceof errors.HeadersTimeoutError || cause instanceof StreamStalled) return 'upstream.timeout';
  return begun ? 'upstream.cut' : 'upstream.unreachable';
}

function upstreamRequest<F extends Facts>(exchange: Exchange<F>): Dispatcher.RequestOptions {
  const { facts, server, received, stop, trace } = exchange;
  const { call, handles } = facts;
  const changes = trace === undefined ? [] : traceReplacements(call, trace);
  return {
    ...upstreamAddress(exchange),
    method: received.httpMethod,
    headers: forwardedHeaders(facts, server, trace),
    body: received.httpMethod === 'POST' ? editBody(call, handles.edits, changes) : null,
    headersTimeout: server.replyTimeoutMs,
    signal: stop.signal,
  };
}

function upstreamAddress({ server }: Pick<Exchange, 'server'>): { origin: string; path: string } {
  const { url } = server.upstream;
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
}

/** Ends a session upstream that was opened although its caller may have no more. Best effort. */
async function endSession<F extends Facts>(
  exchange: Exchange<F>,
  dispatcher: Dispatcher,
  upstreamId: string,
): Promise<void> {
  const { forwardHeaders } = exchange.server;
  const headers = [...forwardedHeaders(exchange.facts, { forwardHeaders }), 'mcp-session-id', upstreamId];
  try {
    const { body } = await sendRequest(dispatcher, { ...upstreamAddress(exchange), method: 'DELETE', headers });
    await body.dump();
  } catch {
    // The upstream's own idle timeout is left to end it.
  }
}
