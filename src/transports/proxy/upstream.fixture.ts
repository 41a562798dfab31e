import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it reached the upstream. */
export interface Reached {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A tool server that a test plays by hand. */
export interface ScriptedUpstream extends AsyncDisposable {
  readonly url: URL;
  readonly reached: readonly Reached[];
}

/** Answers each request with `answer`, after its body was read. */
export async function startUpstream(
  answer: (response: ServerResponse, reached: Reached, request: IncomingMessage) => void,
): Promise<ScriptedUpstream> {
  const reached: Reached[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = { method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      reached.push(seen);
      answer(response, seen, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    reached,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers a request with `result` as JSON. */
export function answerJson(response: ServerResponse, { body }: Reached, result: object = {}): void {
  const { id } = JSON.parse(body) as { id?: unknown };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

/** A promise and its hand, for a test that owns the order of things. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** Waits for what happens elsewhere in this process. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise(setImmediate);
}
