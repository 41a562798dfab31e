import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { close, listen } from '../servers/listen.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';

/** One request as the tool server received it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names, in order. */
  readonly headers: readonly (readonly [string, string])[];
}

/** An official server with something in front of it that remembers each request it gets. */
export interface RecordedUpstream extends Upstream {
  readonly seen: readonly SeenRequest[];
}

/** Starts the official 2.x server and remembers what reaches it. */
export async function startRecorded(): Promise<RecordedUpstream> {
  const upstream = await startV2();
  const seen: SeenRequest[] = [];
  const http = createServer((incoming, response) => {
    const { method = '', url: path = '', rawHeaders } = incoming;
    seen.push({ method, path, headers: pairs(rawHeaders) });
    forwardTo(upstream.url, incoming, response);
  });
  const url = await listen(http);
  const stop = async (): Promise<void> => {
    await close(http);
    await upstream.close();
  };
  return {
    ...upstream,
    url,
    seen,
    async forget() {
      seen.splice(0);
      await upstream.forget();
    },
    close: stop,
    [Symbol.asyncDispose]: stop,
  };
}

function pairs(raw: readonly string[]): SeenRequest['headers'] {
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  return headers;
}

/** Answers with what the server at `url` answers. */
export function forwardTo(url: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { te: _te, trailer: _trailer, ...kept } = incoming.headers;
  const headers = { ...kept, host: new URL(url).host };
  const onwards = request(new URL(incoming.url ?? '/', url), { method: incoming.method ?? '', headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onwards.on('error', () => response.destroy());
  response.on('close', () => onwards.destroy());
  incoming.pipe(onwards);
}
