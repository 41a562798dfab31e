import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { rawRequest } from '../attacks/raw-request.ts';

/** A call as these tests make it. */
export interface CallWish {
  /** Default: echo. */
  readonly tool: string;
  /** Members of `_meta` beside what there must be, each with a comma behind it. */
  readonly meta: string;
  /** Header fields beside what there must be. */
  readonly add: Readonly<Record<string, string>>;
}

const VERSION =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}';

/** Makes a call. */
export async function callTool(url: string, wish: Partial<CallWish> = {}): Promise<RawAnswer> {
  using connection = await RawConnection.open(url);
  return await connection.exchange(bytesOf(url, wish), 20_000);
}

function bytesOf(url: string, { tool = 'echo', meta = '', add = {} }: Partial<CallWish>): Uint8Array {
  const peer: Peer = { era: 'modern', url, headers: Object.entries(add) };
  const args = tool === 'echo' ? '{"text":"1.0 is not 1"}' : '{}';
  const params = `{"name":"${tool}","arguments":${args},"_meta":{${meta}${VERSION}}}`;
  return rawRequest(peer, { tool, body: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}` });
}
