import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { close, listen } from '../servers/listen.ts';

export const LIST = '{"jsonrpc":"2.0","id":7,"result":{"tools":[]}}';
export const PROGRESS = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}\n\n';
const EVENTS = { 'content-type': 'text/event-stream' };
export const JSON_TYPE = { 'content-type': 'application/json' };

/** How a tool server answers, by the cursor that it is asked for. */
const SAYS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  plain: (response) => void response.writeHead(200, { ...JSON_TYPE, 'set-cookie': 'a=b' }).end(LIST),
  dies: (response) => void response.socket?.destroy(),
  html: (response) => void response.writeHead(500, { 'content-type': 'text/html', 'x-secret': '1' }).end('<p>'),
  redirect: (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
  challenge: (response) => void response.writeHead(401, { 'www-authenticate': 'Basic' }).end(),
  empty: (response) => void response.writeHead(202).end(),
  zipped: (response) => void response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(LIST),
  broken: (response) => void response.writeHead(200, JSON_TYPE).end('{"jsonrpc":'),
  other: (response) => void response.writeHead(200, JSON_TYPE).end('{"jsonrpc":"2.0","id":8,"result":{"tools":[]}}'),
  long: (response) => void response.writeHead(200, JSON_TYPE).end(`${LIST.slice(0, -1)}${' '.repeat(70_000)}}`),
  length: (response) => void response.writeHead(200, { ...JSON_TYPE, 'content-length': 99_999 }).write('{'),
  unanswered: (response) => {
    response.writeHead(200, EVENTS).write(PROGRESS);
    setTimeout(() => response.end(), 50);
  },
  hostile: (response) => void response.writeHead(200, EVENTS).write(`${PROGRESS}data: {"id":7,"id":8}\n\n`),
  events: (response) => void response.writeHead(200, EVENTS).end(`${PROGRESS}data: ${LIST}\n\n`),
  hostilely: (response) => void response.writeHead(200, EVENTS).end(`${PROGRESS}data: {"id":7,"id":8}\n\n`),
  endless: (response) => void response.writeHead(200, EVENTS).write(PROGRESS),
  half: (response) => {
    response.writeHead(200, JSON_TYPE).write('{"jsonrpc"');
    setTimeout(() => response.socket?.destroy(), 50);
  },
  halfway: (response) => {
    response.writeHead(200, EVENTS).write(PROGRESS);
    setTimeout(() => response.socket?.destroy(), 50);
  },
  // Longer than any test waits for it, and no test has to.
  slow: (response) => void setTimeout(() => response.writeHead(200, JSON_TYPE).end(LIST), 60_000).unref(),
};

/** A tool server that says what it is asked for. */
export interface Scripted extends AsyncDisposable {
  readonly url: string;
  /** What reached it. */
  readonly seen: string[];
  /** Resolves when a reply was cut off or ended. */
  over(): Promise<void>;
}

export async function startScripted(): Promise<Scripted> {
  const seen: string[] = [];
  let over = Promise.withResolvers<void>();
  const http = createServer((request, response) => {
    response.on('close', () => over.resolve());
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    seen.push(`${request.method} ${body}`);
    SAYS[/"cursor":"([a-z]+)"/.exec(body)?.[1] ?? 'plain']?.(response);
  };
  const url = await listen(http);
  return {
    url,
    seen,
    over() {
      over = Promise.withResolvers<void>();
      return over.promise;
    },
    [Symbol.asyncDispose]: () => close(http),
  };
}

/** A list, of the kind that the scripted server is to give. */
export const list = (cursor: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list', params: { cursor } });

/** Asks for one, by hand. */
export async function ask(
  url: string,
  cursor: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...JSON_TYPE, 'accept': 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' },
    body: list(cursor),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** Has Envoy forward to another place than the one whose tools are pinned. */
export const towards = (from: string, to: string) => (text: string) =>
  text.replaceAll(`port_value: ${new URL(from).port}`, `port_value: ${new URL(to).port}`);
