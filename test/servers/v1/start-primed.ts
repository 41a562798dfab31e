import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { close, listen } from '../listen.ts';
import type { Upstream } from '../upstream.ts';
import { startV1 } from './start-v1.ts';

/**
 * The 1.x server, whose event streams begin with a comment, as those of 2025-11-25 begin with an empty event. Until a tool
 * server has said something on a stream, nobody else can through Envoy: one that has to end before is cut off.
 */
export async function startPrimed(): Promise<Upstream> {
  const upstream = await startV1();
  const http = createServer((incoming, response) => {
    const onward = request(upstream.url, { method: incoming.method ?? '', headers: incoming.headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      if (isOpen(reply.headers)) response.write(': hello\n\n');
      reply.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  const url = await listen(http);
  const stop = async (): Promise<void> => {
    await close(http);
    await upstream.close();
  };
  return { ...upstream, url, close: stop, [Symbol.asyncDispose]: stop };
}

/** An event stream that was not over when it began. */
function isOpen(headers: IncomingHttpHeaders): boolean {
  return headers['content-type'] === 'text/event-stream' && headers['content-length'] === undefined;
}
