import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node';
import type { NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import { type CallToolResult, createMcpHandler, Server, type Tool } from '@modelcontextprotocol/server';
import { codeOf, messageOf } from '../../kit/cause.ts';
import { fromPlain, isJsonObject, type JsonObject, EMPTY_OBJECT, toPlain } from '../../kit/json.ts';
import { CommandError } from '../command-error.ts';
import type { ListenAddress } from './listen-address.ts';

export interface MockOptions {
  readonly name: string;
  readonly version: string;
  readonly listen: ListenAddress;
  /** Definitions of its tools. */
  readonly tools: readonly JsonObject[];
  /** Answers a call: its result. @throws ProtocolError for an answer that is a JSON-RPC error. */
  readonly call: (tool: string, args: JsonObject) => JsonObject;
  /** Told when a response has left, or its reader has. */
  readonly onAnswered: () => void;
}

/** An MCP server that is running. */
export interface Mock {
  readonly url: string;
  close(): Promise<void>;
}

const MOCK_PATH = '/mcp';
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** How long answers that are on their way may take when it ends, milliseconds. */
const GRACE_MS = 1000;

/** Serves tools over streamable HTTP in both eras, on the official SDK. @throws CommandError when it cannot listen there. */
export async function serveMock(options: MockOptions): Promise<Mock> {
  const { host } = options.listen;
  const handler = createMcpHandler(() => serverOf(options), { maxRequestBodySize: MAX_BODY_BYTES });
  const serve = toNodeHandler(handler, { maxRequestBodySize: MAX_BODY_BYTES });
  const isForUs = guardOf(host);
  const http = createServer((request, response) => {
    response.once('close', options.onAnswered);
    if (request.url !== MOCK_PATH) return void response.writeHead(404).end('No server at this path.\n');
    // The adapter's request type has no `undefined` among its optional members; Node's own has.
    if (isForUs(request, response)) void serve(request as IncomingMessage & NodeIncomingMessageLike, response);
  });
  const port = await listen(http, options.listen);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}${MOCK_PATH}`,
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      const cut = setTimeout(() => http.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(cut);
      await handler.close();
    },
  };
}

function serverOf({ name, version, tools, call }: MockOptions): Server {
  const server = new Server({ name, version }, { capabilities: { tools: {} } });
  // Pins and replies are what a server once said; the SDK looks at their shape when it writes them.
  server.setRequestHandler('tools/list', () => ({ tools: tools.map(toPlain) as unknown as Tool[] }));
  server.setRequestHandler('tools/call', ({ params }) => {
    const args = fromPlain(params.arguments ?? {});
    return toPlain(call(params.name, isJsonObject(args) ? args : EMPTY_OBJECT)) as unknown as CallToolResult;
  });
  return server;
}

/** Refuses what a page in a browser was led to send: another host's name, or an origin that is not of this host. */
function guardOf(host: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const names = ['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host];
  const isOrigin = originValidation(names);
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const isHost = isAnywhere ? () => true : hostHeaderValidation(names);
  return (request, response) => isHost(request, response) && isOrigin(request, response);
}

/** @returns the port. */
async function listen(http: HttpServer, { host, port }: ListenAddress): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  http.once('error', reject).listen(port, host, resolve);
  await promise.catch((cause: unknown) => {
    const why = codeOf(cause) === 'EADDRINUSE' ? 'it is in use already' : messageOf(cause);
    throw new CommandError(`--listen ${host}:${port} cannot be listened at: ${why}.`);
  });
  const address = http.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
