import { type Header, META } from '../../attacks/peer.ts';

/** What is asked: one tool, whose reply need not be judged, or the list of them, whose reply is. */
export type LoadKind = 'echo' | 'list';

/** One message of the load and what its header fields mirror of it; the id tells it from all others. */
export interface LoadMessage {
  readonly headers: readonly Header[];
  readonly body: string;
}

export function loadMessage(kind: LoadKind, id: number): LoadMessage {
  const method = kind === 'echo' ? 'tools/call' : 'tools/list';
  const params = kind === 'echo' ? `"name":"echo","arguments":{"text":"call ${id}"},` : '';
  return {
    headers: [
      ['content-type', 'application/json'],
      ['accept', 'application/json, text/event-stream'],
      ['mcp-protocol-version', '2026-07-28'],
      ['mcp-method', method],
      ...(kind === 'echo' ? [['mcp-name', 'echo'] as const] : []),
    ],
    body: `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${params}${META}}}`,
  };
}
