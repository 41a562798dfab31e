import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Express, Request, Response } from 'express';
import { close, listen } from '../listen.ts';
import type { ObservedCall, Upstream } from '../upstream.ts';
import { registerPromptsAndResources } from './prompts-and-resources.ts';
import { registerTools } from './tools.ts';

/** One legacy session: its own server and transport, as the 1.x SDK wants it. */
interface Session {
  readonly server: McpServer;
  readonly transport: StreamableHTTPServerTransport;
}

/** Starts the 1.x SDK on its own Express application, with sessions, as its documentation shows. Legacy era only. */
export async function startV1(): Promise<Upstream> {
  const observed: ObservedCall[] = [];
  const sessions = new Map<string, Session>();
  let drifted = false;
  const open = () => openSession(sessions, (call) => observed.push(call), drifted);
  const http = createServer(routes(createMcpExpressApp().set('env', 'test'), sessions, open));
  const url = await listen(http);
  const stop = async () => {
    await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
    await close(http);
  };
  return {
    name: 'v1',
    url,
    calls: async () => observed.slice(),
    forget: async () => void observed.splice(0),
    drift: async () => {
      drifted = true;
      for (const { server } of sessions.values()) server.sendToolListChanged();
    },
    close: stop,
    [Symbol.asyncDispose]: stop,
  };
}

function routes(app: Express, sessions: ReadonlyMap<string, Session>, open: () => Promise<Session>): Express {
  const serve = async (request: Request, response: Response, session: Session | undefined) => {
    if (session === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    await session.transport.handleRequest(request, response, request.body);
  };
  const known = (request: Request) => sessions.get(String(request.headers['mcp-session-id']));
  // A POST without a session opens one: the transport itself refuses what does not begin with `initialize`.
  const forPost = async (request: Request) =>
    request.headers['mcp-session-id'] === undefined ? open() : known(request);
  app.post('/mcp', (request, response) => forPost(request).then((session) => serve(request, response, session)));
  app.get('/mcp', (request, response) => serve(request, response, known(request)));
  app.delete('/mcp', (request, response) => serve(request, response, known(request)));
  return app;
}

async function openSession(
  sessions: Map<string, Session>,
  observe: (call: ObservedCall) => void,
  drifted: boolean,
): Promise<Session> {
  const server = new McpServer({ name: 'v1', version: '1.0.0' });
  registerTools(server, observe, drifted);
  registerPromptsAndResources(server);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, { server, transport }),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await server.connect(transport);
  return { server, transport };
}
