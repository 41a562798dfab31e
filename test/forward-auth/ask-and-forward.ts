import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Answer, ask } from '../../src/transports/forward-auth/forward-auth.fixture.ts';
import { close } from '../servers/listen.ts';

/** A proxy that shows whole requests to the door, and does with each what the answer says. */
export interface AskingProxy extends AsyncDisposable {
  /** URL of the server `files`. */
  readonly url: string;
}

/** Starts one on `port` in front of `upstream`, which asks at `socket`. */
export async function startAskingProxy(upstream: string, socket: string, port: number): Promise<AskingProxy> {
  const http = createServer((incoming, response) => {
    void serve(incoming, response, { upstream, socket }).catch(() => response.destroy());
  });
  await once(http.listen(port, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${port}/files`, [Symbol.asyncDispose]: () => close(http) };
}

interface Places {
  readonly upstream: string;
  readonly socket: string;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, { upstream, socket }: Places): Promise<void> {
  const body = await buffer(incoming);
  const answer = await askAbout(incoming, body, socket);
  if (answer.status !== 200 || answer.headers.get('sallyport-verdict') !== 'allowed') return refuse(response, answer);
  const removed = new Set((answer.headers.get('sallyport-remove') ?? '').split(', '));
  const headers = fieldsOf(incoming).filter(([name]) => !removed.has(name) && name !== 'host');
  const set = (answer.headers.get('sallyport-set') ?? '')
    .split(', ')
    .map((name) => [name, answer.headers.get(name) ?? '']);
  const names = new Set(set.map(([name]) => name));
  const kept = headers.filter(([name]) => !names.has(name));
  const sent = request(
    upstream,
    { method: incoming.method, headers: [...kept, ...set, ['host', 'tools']].flat() },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    },
  );
  sent.on('error', () => response.destroy()).end(body);
}

async function askAbout(incoming: IncomingMessage, body: Buffer, socket: string): Promise<Answer> {
  const { method = '', url = '', headers } = incoming;
  const own = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']);
  const forged = (name: string): boolean => name.startsWith('x-original-') || name === 'sallyport-body';
  return await ask(socket, {
    method: 'POST',
    headers: [
      ...fieldsOf(incoming).filter(([name]) => !own.has(name) && !forged(name)),
      ['x-original-method', method],
      ['x-original-uri', url],
      ['x-original-host', headers.host ?? ''],
      ['sallyport-body', 'whole'],
    ],
    body,
  });
}

function refuse(response: ServerResponse, answer: Answer): void {
  const names = ['content-type', 'www-authenticate', 'retry-after', 'sallyport-decision-id', 'allow'];
  const headers = names.flatMap((name) => (answer.headers.has(name) ? [name, answer.headers.get(name) ?? ''] : []));
  response.writeHead(Number(answer.headers.get('sallyport-status') ?? 503), headers);
  response.end(answer.body);
}

function fieldsOf({ rawHeaders }: IncomingMessage): readonly (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    fields.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']);
  }
  return fields;
}
