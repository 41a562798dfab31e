import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';

/** Calls `echo` at `url` on a connection of its own, with any fields in place of the correct ones. */
export async function callEcho(
  url: string,
  set: Readonly<Record<string, string>> = {},
  path?: string,
): Promise<RawAnswer> {
  const peer: Peer = { era: 'modern', url, headers: [] };
  using connection = await RawConnection.open(url);
  const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
  return await connection.exchange(rawRequest(peer, { tool: 'echo', body, set, ...(path && { path }) }));
}

/** Asks for the list of tools, whose reply has to be judged. */
export async function listTools(url: string): Promise<RawAnswer> {
  const peer: Peer = { era: 'modern', url, headers: [] };
  using connection = await RawConnection.open(url);
  const body = callText(peer, '"cursor":null', '"id":7,"method":"tools/list"').replace('"cursor":null,', '');
  const set = { 'mcp-method': 'tools/list', 'mcp-name': undefined };
  return await connection.exchange(rawRequest(peer, { body, set }));
}

/** The status of an answer; 0 when there is none. */
export function statusOf(answer: RawAnswer): number {
  return answer.kind === 'reply' ? answer.status : 0;
}

/** The body of an answer; when there is none, why. */
export function bodyOf(answer: RawAnswer): string {
  return answer.kind === 'reply' ? answer.body : answer.kind;
}
