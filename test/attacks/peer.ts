/** The two ways in which MCP is spoken: with a handshake and sessions, or with every request describing itself. */
export type Era = 'legacy' | 'modern';

export type Header = readonly [name: string, value: string];

/** A server as an attacker sees it: where it is and what a client of this era must say on every request. */
export interface Peer {
  readonly era: Era;
  readonly url: string;
  /** Of the legacy session, and of the credential where one is needed. */
  readonly headers: readonly Header[];
}

export const META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/**
 * Does what a client does before its first call: nothing in the modern era; in the legacy one `initialize` and
 * `notifications/initialized`, from which the session id is kept.
 */
export async function openPeer(url: string, era: Era, credential: readonly Header[] = []): Promise<Peer> {
  if (era === 'modern') return { era, url, headers: credential };
  const clientInfo = { name: 'hostile', version: '1.0.0' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const answer = await post(url, credential, { id: 'init', method: 'initialize', params });
  if (!answer.ok) throw new Error(`initialize was answered with ${answer.status}: ${await answer.text()}`);
  await answer.text();
  const session = answer.headers.get('mcp-session-id');
  const headers: readonly Header[] = [
    ...credential,
    ['mcp-protocol-version', '2025-11-25'],
    ...(session === null ? [] : [['mcp-session-id', session] as const]),
  ];
  await (await post(url, headers, { method: 'notifications/initialized' })).text();
  return { era, url, headers };
}

function post(url: string, headers: readonly Header[], message: object): Promise<Response> {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return fetch(url, { method: 'POST', headers: { ...JSON_HEADERS, ...Object.fromEntries(headers) }, body });
}
