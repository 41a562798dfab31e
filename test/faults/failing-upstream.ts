import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { freePort } from '../e2e/free-port.ts';
import { close, listen } from '../servers/listen.ts';
import { startV2 } from '../servers/v2/start-v2.ts';

/** How a call fails once it is there: a status, with or without `Retry-After`; the connection is torn down; nobody answers. */
export type CallFault = { readonly status: number; readonly retryAfter?: string } | 'reset' | 'silent';

/** A call of a tool as it arrived. */
export interface ArrivedCall {
  readonly tool: string;
  readonly headers: IncomingMessage['headers'];
  /** Monotonic, milliseconds. */
  readonly atMs: number;
}

/** An official server behind a way on which calls of tools fail when a test says so. What else is asked of it passes. */
export interface FailingUpstream extends AsyncDisposable {
  readonly url: string;
  /** Calls that arrived since the last `fail()`, those that then failed among them. */
  readonly arrived: readonly ArrivedCall[];
  /** Forgets what arrived, and has the next `times` calls fail like this. */
  fail(fault: CallFault, times: number): void;
  /** Takes no connection any more, and none that is open lasts. */
  hide(): Promise<void>;
  /** Takes connections again, at the same address. */
  comeBack(): Promise<void>;
}

export async function startFailing(): Promise<FailingUpstream> {
  const upstream = await startV2();
  const arrived: ArrivedCall[] = [];
  let [fault, left]: [CallFault, number] = ['reset', 0];
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const tool = toolIn(body);
    if (tool === undefined) return passOn(upstream.url, incoming, body, response);
    arrived.push({ tool, headers: incoming.headers, atMs: performance.now() });
    left -= 1;
    if (left < 0) passOn(upstream.url, incoming, body, response);
    else failCall(fault, response);
  };
  const http = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  const url = await listen(http, await freePort());
  return {
    url,
    arrived,
    fail(next, times) {
      arrived.splice(0);
      [fault, left] = [next, times];
    },
    hide: () => close(http),
    async comeBack() {
      http.listen(Number(new URL(url).port), '127.0.0.1');
      await once(http, 'listening');
    },
    async [Symbol.asyncDispose]() {
      await close(http);
      await upstream.close();
    },
  };
}

function failCall(fault: CallFault, response: ServerResponse): void {
  if (fault === 'silent') return;
  if (fault === 'reset') return void response.socket?.resetAndDestroy();
  const { status, retryAfter } = fault;
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
}

/** The tool that a message calls; `undefined` for any other message. */
function toolIn(body: Buffer): string | undefined {
  const message = body.length === 0 ? {} : (JSON.parse(body.toString()) as { method?: string; params?: object });
  const { name } = { name: undefined, ...message.params } as { readonly name?: string | undefined };
  return message.method === 'tools/call' ? name : undefined;
}

function passOn(url: string, { method = '', headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { te: _te, ...kept } = headers;
  const onwards = request(url, { method, headers: { ...kept, host: new URL(url).host } }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onwards.on('error', () => response.destroy());
  response.on('close', () => onwards.destroy());
  onwards.end(body);
}
