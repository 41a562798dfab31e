import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { close, listen } from '../servers/listen.ts';
import { startV2 } from '../servers/v2/start-v2.ts';

/** One request as the tool server received it. */
export interface SeenCall {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An official server with something in front of it that remembers the bodies it gets, and can be told to refuse some. */
export interface SeenUpstream extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenCall[];
  /** So many further requests are answered with 503. */
  failing: number;
}

export async function startSeen(): Promise<SeenUpstream> {
  const upstream = await startV2();
  const seen: SeenCall[] = [];
  const http = createServer((incoming, response) => {
    void take(incoming, response);
  });
  const take = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    // What asks for the tools, before a test begins, is of no interest.
    if (!body.includes('"tools/call"')) return pass(incoming, response, body);
    seen.push({ headers: incoming.headers, body: body.toString() });
    if (server.failing === 0) return pass(incoming, response, body);
    server.failing -= 1;
    response.writeHead(503).end();
  };
  const pass = (incoming: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const { te: _te, trailer: _trailer, 'transfer-encoding': _coding, ...kept } = incoming.headers;
    const headers = { ...kept, 'host': new URL(upstream.url).host, 'content-length': body.byteLength };
    const asked = request(new URL(incoming.url ?? '/', upstream.url), { method: incoming.method ?? '', headers });
    asked.on('response', (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    asked.on('error', () => response.destroy());
    asked.end(body);
  };
  const server = {
    url: await listen(http),
    seen,
    failing: 0,
    async [Symbol.asyncDispose]() {
      await close(http);
      await upstream.close();
    },
  };
  return server;
}
