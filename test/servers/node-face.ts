import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler, type FetchLikeMcpHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';

/** A request listener of `node:http` for a fetch-shaped MCP handler. */
export function nodeFace(handler: FetchLikeMcpHandler, onError: (error: Error) => void = () => {}) {
  const serve = toNodeHandler(handler, { onerror: onError });
  // The adapter's request type has no `undefined` among its optional members; Node's own has.
  return (request: IncomingMessage, response: ServerResponse): void =>
    void serve(request as IncomingMessage & NodeIncomingMessageLike, response);
}
