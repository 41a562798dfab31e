import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Transform, type TransformCallback } from 'node:stream';
import type { ProxyServer as HttpProxy } from 'http-proxy-3';
import type { ReasonCode } from '../../call/reason.ts';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { OutcomeOnce } from '../reply/outcome-once.ts';
import type { UsageTerms } from '../../outcome/usage/usage-terms.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';
import { lookupOf } from './resolve-host.ts';
import { UsageWatch } from './usage-watch.ts';

/** Request header fields of plain HTTP that pass, beside those a route lists. No credential and no identity is among them. */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'range',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'user-agent',
]);

/** Reply header fields that do not pass: cookies, challenges, and those of one hop. */
const WITHHELD = [
  'set-cookie',
  'www-authenticate',
  'proxy-authenticate',
  'keep-alive',
  'upgrade',
  'trailer',
  'connection',
];

const CONNECT_TIMEOUT_MS = 10_000;

/** How a plain HTTP request ended. */
export type PassedThrough = { readonly kind: 'answered' } | { readonly kind: 'failed'; readonly reason: ReasonCode };

/** What is passed on: the route it came by, and the addresses of its host that may be dialled. */
export interface PassedRequest {
  readonly route: PassthroughRoute;
  readonly addresses: readonly string[];
}

/** The same, as it is about to leave. */
export interface DepartingRequest extends PassedRequest {
  /** It leaves: what it carries of its trace; nothing where there is no tracing. */
  readonly depart: () => OutgoingTrace | undefined;
}

/** Passes plain HTTP on for routes that are no MCP servers. */
export interface Passthrough {
  pass(
    request: IncomingMessage,
    response: ServerResponse,
    passed: DepartingRequest,
    outcome: OutcomeOnce,
  ): Promise<PassedThrough>;
  close(): void;
}

/**
 * One http-proxy for all routes. Redirects go to the client as they are; they are never followed.
 *
 * @throws when the environment makes http-proxy-3 use `fetch`, which would follow them.
 */
export function createPassthrough(): Passthrough {
  if (process.env['FORCE_FETCH_PATH'] === 'true')
    throw new Error('FORCE_FETCH_PATH must not be set: it follows redirects');
  let opening: Promise<HttpProxy> | undefined;
  const watches = new WeakMap<IncomingMessage, UsageWatch>();
  return {
    async pass(request, response, { route, addresses, depart }, outcome) {
      opening ??= openProxy((asked, reply) => watches.get(asked)?.watch(reply));
      const proxy = await opening;
      if (response.closed) {
        // Gone while its token was looked at: nobody would hear it leave any more.
        const nothing = isCounted(request, route) ? { costs: new Map([[route.usage.budget.name, 0]]) } : {};
        outcome.report('cancelled', { operatorDetail: `passthrough ${route.name}`, ...nothing });
        return { kind: 'answered' };
      }
      const { promise, resolve } = Promise.withResolvers<PassedThrough>();
      const body = limitBody(route.maxBodyBytes);
      body.on('error', () => resolve({ kind: 'failed', reason: 'body.too-large' }));
      response.once('close', () => resolve({ kind: 'answered' }));
      keepListed(request, route);
      carryTrace(request, depart());
      const watch = isCounted(request, route) ? new UsageWatch(route.usage) : undefined;
      if (watch !== undefined) watches.set(request, watch);
      const target = targetOf(request, route);
      const agent = agentFor(route, addresses);
      proxy.web(
        request,
        response,
        { target, agent, ignorePath: true, buffer: request.pipe(body), connectTimeout: CONNECT_TIMEOUT_MS },
        () => resolve({ kind: 'failed', reason: 'upstream.unreachable' }),
      );
      const passed = await promise;
      outcome.report(passed.kind === 'answered' ? 'answered' : 'upstream-failed', {
        ...(response.headersSent ? { httpStatus: response.statusCode } : {}),
        operatorDetail: `passthrough ${route.name}`,
        ...watch?.used(),
      });
      return passed;
    },
    close: () => void opening?.then((proxy) => proxy.close()).catch(() => {}),
  };
}

/** Loads http-proxy-3 when it is first needed: most configurations have no such route, and start sooner without it. */
async function openProxy(onReply: (request: IncomingMessage, reply: IncomingMessage) => void): Promise<HttpProxy> {
  const { createProxyServer } = await import('http-proxy-3');
  const proxy = createProxyServer({ changeOrigin: true, xfwd: false, followRedirects: false, secure: true });
  proxy.on('proxyRes', (reply, request, response) => {
    onReply(request, reply);
    // Half of a reply is no reply: its client hears that it broke, and waits for no more.
    reply.once('close', () => void (reply.complete || response.destroy()));
    for (const name of WITHHELD) delete reply.headers[name];
  });
  // Failures come to the callback of `web`; without a listener an emitted one would end the process.
  proxy.on('error', () => {});
  return proxy;
}

/** Dials these addresses only, one connection for one request. */
function agentFor({ upstream }: PassthroughRoute, addresses: readonly string[]): HttpAgent {
  const options = { lookup: lookupOf(addresses) };
  return upstream.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

/** What is asked with a body is what costs something; to look at a list of models does not. */
export function isCounted(
  { method }: Pick<IncomingMessage, 'method'>,
  route: PassthroughRoute,
): route is PassthroughRoute & { readonly usage: UsageTerms } {
  return route.usage !== undefined && method === 'POST';
}

/** The upstream's own path, then what follows the prefix, query included. The path is clean: it names what it says. */
function targetOf(request: IncomingMessage, { prefix, upstream }: PassthroughRoute): string {
  const rest = (request.url ?? '').slice(prefix.replace(/\/$/, '').length);
  return `${upstream.origin}${upstream.pathname.replace(/\/$/, '')}${rest}`;
}

/** The token of a route that asks for one is for here and nobody else, so it never passes. */
function keepListed(request: IncomingMessage, { forwardHeaders, identity, usage }: PassthroughRoute): void {
  for (const name of Object.keys(request.headers)) {
    if (!FORWARDED.has(name) && !forwardHeaders.has(name)) delete request.headers[name];
  }
  if (identity === 'token') delete request.headers.authorization;
  // What is compressed cannot be looked at while it passes.
  if (usage !== undefined) delete request.headers['accept-encoding'];
}

/** What says which trace it belongs to is said from here, where there is tracing: baggage only of callers who are believed. */
function carryTrace({ headers }: IncomingMessage, trace: OutgoingTrace | undefined): void {
  if (trace === undefined) return;
  headers['traceparent'] = trace.traceparent;
  delete headers['tracestate'];
  if (trace.tracestate !== undefined) headers['tracestate'] = trace.tracestate;
  if (!trace.trusted) delete headers['baggage'];
}

function limitBody(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding: string, done: TransformCallback) {
      size += chunk.byteLength;
      if (size > maxBytes) done(new RangeError('the body is too large'));
      else done(null, chunk);
    },
  });
}
