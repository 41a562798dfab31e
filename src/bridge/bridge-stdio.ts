import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BridgeSession, openBridgeSession, type StdioCommand } from './bridge-session.ts';

export interface BridgeOptions extends StdioCommand {
  /** Sessions, and so processes, at once. At the cap the one idle for longest makes room. Default 16. */
  readonly maxSessions?: number;
}

/** A stdio MCP server, reachable as Streamable HTTP. */
export interface Bridge {
  /** For Host and path; connect to `socketPath`. */
  readonly url: URL;
  /** Unix socket in a directory that only this user can enter. */
  readonly socketPath: string;
  /** Why a process of the server did not start, or ended by itself, the last time; `undefined` when none has. */
  failure(): string | undefined;
  /** Ends every process and removes the socket. */
  close(): Promise<void>;
}

interface RoutedOptions extends BridgeOptions {
  readonly failed: (why: string) => void;
}

const DEFAULT_MAX_SESSIONS = 16;
const BRIDGE_PATH = '/mcp';

/**
 * Serves the stdio server that `command` starts over a Unix socket, with the official transports on both sides.
 *
 * Each session has a process of its own, started when its client initialises: stdio servers expect one client, and two callers
 * must not share state. A stdio server has no sessions outside the legacy era, so this is a legacy upstream (`era: legacy`).
 */
export async function bridgeStdio(options: BridgeOptions): Promise<Bridge> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-'));
  const socketPath = join(directory, 'bridge.sock');
  const sessions = new Map<string, BridgeSession>();
  let failure: string | undefined;
  const failed = (why: string): void => {
    failure = why;
  };
  const server = createServer((request, response) => void route(request, response, sessions, { ...options, failed }));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(socketPath, resolve);
  await promise;
  return {
    url: new URL(`http://localhost${BRIDGE_PATH}`),
    socketPath,
    failure: () => failure,
    async close() {
      await Promise.allSettled([...sessions.values()].map((session) => session.close()));
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Map<string, BridgeSession>,
  options: RoutedOptions,
): Promise<void> {
  if (request.url !== BRIDGE_PATH) return refuse(response, 404, 'No server at this path.');
  const named = request.headers['mcp-session-id'];
  if (named === undefined && request.method !== 'POST') return refuse(response, 405, 'This needs a session.');
  const session = typeof named === 'string' ? sessions.get(named) : openSession(sessions, options);
  if (session === undefined) {
    return named === undefined
      ? refuse(response, 503, 'Too many sessions are open on the stdio server.')
      : refuse(response, 404, 'The session has ended, or its stdio server has.');
  }
  if (typeof named === 'string') {
    sessions.delete(named);
    sessions.set(named, session);
  }
  await session.handle(request, response);
}

function openSession(sessions: Map<string, BridgeSession>, options: RoutedOptions): BridgeSession | undefined {
  if (sessions.size >= (options.maxSessions ?? DEFAULT_MAX_SESSIONS)) {
    const idle = [...sessions.values()].find((session) => session.isIdle());
    if (idle === undefined) return undefined;
    void idle.close();
  }
  const session: BridgeSession = openBridgeSession(options, {
    opened: (id) => void sessions.set(id, session),
    closed: (id) => void sessions.delete(id),
    failed: options.failed,
  });
  return session;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -31_000 - status, message } });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
