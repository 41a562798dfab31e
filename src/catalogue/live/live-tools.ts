import type { Era } from '../../call/call.ts';
import type { ReadDefinition } from '../read-definition.ts';
import type { Fetch } from './capture-replies.ts';

/** A tool server could not be asked for its tools. The message says why, in words for an operator. */
export class LiveServerError extends Error {
  override readonly name = 'LiveServerError';
}

export interface LiveServer {
  /** URL of the MCP endpoint. */
  readonly url: URL;
  /** Access token for the server itself. */
  readonly bearer?: string;
  readonly fetch?: Fetch;
  /** Longest wait for one answer, milliseconds. */
  readonly timeoutMs: number;
}

/** What a tool server says of itself. Everything in it is its own word. */
export interface LiveTools {
  /** In the order of the server, all pages. */
  readonly tools: readonly ReadDefinition[];
  readonly era: Era;
  readonly serverName: string;
}
