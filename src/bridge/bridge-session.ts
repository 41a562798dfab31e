import { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { JSONRPCMessage, RequestId, Transport } from '@modelcontextprotocol/server';
import { codeOf, messageOf } from '../kit/cause.ts';
import { childEnvironment } from './child-environment.ts';

/** What runs as the stdio server. */
export interface StdioCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Environment variables that it may see beside PATH, HOME and LANG. */
  readonly env: readonly string[];
  /** Largest message, bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
}

/** One client's session with a process of its own. */
export interface BridgeSession {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether no request waits for an answer. */
  isIdle(): boolean;
  close(): Promise<void>;
}

export interface BridgeSessionEvents {
  readonly opened: (id: string) => void;
  readonly closed: (id: string) => void;
  /** The process could not be started, or ended by itself; `why` is the end of a sentence about its command. */
  readonly failed: (why: string) => void;
}

const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const SERVER_ENDED = -31_502;

/**
 * Wires the two official transports message to message. The process starts with the first message that the HTTP side accepts,
 * which is `initialize`; when it ends, every open request is answered with an error and the session is gone.
 */
export function openBridgeSession(command: StdioCommand, events: BridgeSessionEvents): BridgeSession {
  const limit = command.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  const asked = new AskedRequests();
  const http = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: events.opened,
    onsessionclosed: () => void close(),
    maxRequestBodySize: limit,
  });
  const child = new StdioClientTransport({
    command: command.command,
    args: [...command.args],
    env: childEnvironment(command.env, process.env),
    maxBufferSize: limit,
  });
  let ended = false;
  let sending: Promise<unknown> | undefined;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    if (http.sessionId !== undefined) events.closed(http.sessionId);
    const error = { code: SERVER_ENDED, message: 'The stdio server ended before it answered.' };
    for (const id of asked.all()) await http.send({ jsonrpc: '2.0', id, error }).catch(ignore);
    await http.close();
  };
  const close = async (): Promise<void> => {
    await end();
    await child.close();
  };
  wire(http, {
    onmessage(message) {
      asked.note(message);
      sending = (sending ?? start(child, events)).then(() => child.send(message)).catch(end);
    },
    onerror: ignore,
  });
  wire(child, {
    onmessage(message) {
      const relatedRequestId = asked.relatedTo(message);
      void http.send(message, relatedRequestId === undefined ? {} : { relatedRequestId }).catch(ignore);
    },
    onclose: () => void end(),
    onerror: ignore,
  });
  return { handle: (request, response) => http.handleRequest(request, response), isIdle: () => asked.none(), close };
}

/** Starts the process and tells how it ended; the SDK's transport keeps its exit code to itself. */
async function start(child: StdioClientTransport, { failed }: BridgeSessionEvents): Promise<void> {
  await child.start().catch((cause: unknown) => {
    failed(codeOf(cause) === 'ENOENT' ? 'was not found.' : `cannot be started: ${messageOf(cause)}.`);
    throw cause;
  });
  const started: unknown = Reflect.get(child, '_process');
  if (!(started instanceof ChildProcess)) return;
  started.once('exit', (code) => {
    if (code !== null) failed(`ended with exit code ${code}.`);
  });
}

interface TransportEvents {
  readonly onmessage: (message: JSONRPCMessage) => void;
  readonly onclose?: () => void;
  readonly onerror: (error: Error) => void;
}

/** Sets the callbacks that the SDK's transports have as properties. */
function wire(transport: Transport, events: TransportEvents): void {
  Object.assign(transport, events);
}

/** A message that no longer has a reader is dropped: its client went away. */
function ignore(): void {}

/** Requests of the client that wait for an answer, newest last. */
class AskedRequests {
  readonly #byToken = new Map<RequestId, RequestId>();
  readonly #open = new Set<RequestId>();

  note(message: JSONRPCMessage): void {
    if (!('method' in message) || !('id' in message) || message.id === undefined) return;
    this.#open.add(message.id);
    const token = message.params?._meta?.progressToken;
    if (token !== undefined) this.#byToken.set(token, message.id);
  }

  /** The request on whose stream a message of the server belongs: progress by its token, anything else the newest. */
  relatedTo(message: JSONRPCMessage): RequestId | undefined {
    if (!('method' in message)) {
      if (message.id !== undefined) this.#answered(message.id);
      return undefined;
    }
    const token = message.method === 'notifications/progress' ? message.params?.['progressToken'] : undefined;
    const byToken = typeof token === 'string' || typeof token === 'number' ? this.#byToken.get(token) : undefined;
    return byToken ?? [...this.#open].at(-1);
  }

  all(): RequestId[] {
    return [...this.#open];
  }

  none(): boolean {
    return this.#open.size === 0;
  }

  #answered(id: RequestId): void {
    this.#open.delete(id);
    for (const [token, request] of this.#byToken) if (request === id) this.#byToken.delete(token);
  }
}
