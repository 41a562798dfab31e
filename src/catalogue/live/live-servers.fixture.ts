import { createServer, type RequestListener } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Server as LegacyServer } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';

/** A tool server whose tools a test can change. */
export interface LiveFixture extends AsyncDisposable {
  readonly url: URL;
  /** What it lists; changes count from the next list on. */
  tools: FixtureTool[];
}

export interface FixtureTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** A server on the official SDK 2.x, both eras, in pages of `pageSize` tools. */
export async function startModernServer(tools: FixtureTool[], pageSize = 100): Promise<LiveFixture> {
  const shown = { tools };
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'Modern Files', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', ({ params }) => pageOf(shown.tools, params?.cursor, pageSize));
    return server;
  });
  const serve = toNodeHandler(handler);
  return listen((request, response) => void serve(request as Parameters<typeof serve>[0], response), shown);
}

/** A server on the official SDK 1.x: `initialize`, answers as event streams. */
export async function startLegacyServer(tools: FixtureTool[], pageSize = 100): Promise<LiveFixture> {
  const shown = { tools };
  return listen(async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const server = new LegacyServer({ name: 'Legacy Files', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => pageOf(shown.tools, params?.cursor, pageSize));
    const transport = new StreamableHTTPServerTransport({});
    response.on('close', () => void transport.close());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  }, shown);
}

/** A server that answers `tools/list` with these exact bytes, whatever they are; legacy. */
export async function startRawServer(list: string): Promise<LiveFixture> {
  return listen(
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { id, method } = JSON.parse(body || '{}') as { id?: number | string; method?: string };
        const answers: Record<string, string> = {
          'initialize': `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"raw","version":"1"}}`,
          'tools/list': list,
        };
        const result = answers[method ?? ''];
        response.setHeader('content-type', 'application/json');
        if (id === undefined) response.writeHead(202).end();
        else if (result === undefined)
          response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":-32601,"message":"no"}}`);
        else response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
      });
    },
    { tools: [] },
  );
}

/** A server that answers every request with an error that says `message`. */
export async function startFailingServer(message: string): Promise<LiveFixture> {
  return listen(
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { id = null } = JSON.parse(body || '{}') as { id?: number | string };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message } }));
      });
    },
    { tools: [] },
  );
}

function pageOf(tools: readonly FixtureTool[], cursor: string | undefined, pageSize: number) {
  const start = Number(cursor ?? 0);
  const end = start + pageSize;
  return { tools: tools.slice(start, end), ...(end < tools.length ? { nextCursor: String(end) } : {}) };
}

async function listen(serve: RequestListener, shown: { tools: FixtureTool[] }): Promise<LiveFixture> {
  const http = createServer(serve);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return Object.assign(shown, {
    url: new URL(`http://127.0.0.1:${address.port}/mcp`),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  });
}
