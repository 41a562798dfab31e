import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { close, listen } from '../servers/listen.ts';
import { nodeFace } from '../servers/node-face.ts';
import { registerTools } from '../servers/v2/tools.ts';

/** A tool server that counts whatever reaches it. */
export interface CountedUpstream extends AsyncDisposable {
  readonly url: string;
  /** HTTP requests so far, of whatever kind. */
  readonly requests: number;
}

/** The official server (2.x, both eras). It gives each `initialize` a session id, as servers with sessions do. */
export async function startToolServer(): Promise<CountedUpstream> {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'soak', version: '1.0.0' });
    registerTools(server, () => {}, false);
    return server;
  });
  const serve = nodeFace(handler);
  const counted = await startCounted((request, response) => {
    response.setHeader('mcp-session-id', randomUUID());
    serve(request, response);
  });
  return counted;
}

/** One that answers every `initialize` with a new session and keeps none: what grows is only what stands in front of it. */
export async function startSessionServer(): Promise<CountedUpstream> {
  const result = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    serverInfo: { name: 'soak', version: '1.0.0' },
  };
  return await startCounted(async (request, response) => {
    // A session that there is no room for, after all, is ended by the guard.
    if (request.method === 'DELETE') return void response.end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: unknown };
    response.setHeader('mcp-session-id', randomUUID());
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
}

type Serve = (request: IncomingMessage, response: ServerResponse) => unknown;

async function startCounted(serve: Serve): Promise<CountedUpstream> {
  let requests = 0;
  const http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests += 1;
    void serve(request, response);
  });
  const url = await listen(http);
  return {
    url,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: () => close(http),
  };
}
