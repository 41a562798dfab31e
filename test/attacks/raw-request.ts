import { type Header, META, type Peer } from './peer.ts';

/** How a request departs from what a well-behaved client would send. What is not named is as it should be. */
export interface Departures {
  /** Name and arguments that the headers of the modern era mirror. Default: those of `delete_all`. */
  readonly tool?: string;
  /** The whole body. Default: a correct call of `tool` without arguments. */
  readonly body?: string | Uint8Array;
  /** Header values in place of the correct ones; `undefined` leaves the header out. */
  readonly set?: Readonly<Record<string, string | undefined>>;
  /** Header fields after the others, repeats included. */
  readonly add?: readonly Header[];
  readonly path?: string;
  /** Bytes put in place of `HTTP/1.1`. */
  readonly version?: string;
}

/** A `tools/call` message as text. `params` and `top` are raw members, so that they may be anything, twice too. */
export function callText(
  peer: Peer,
  params = '"name":"delete_all","arguments":{}',
  top = '"id":7,"method":"tools/call"',
): string {
  const meta = peer.era === 'modern' ? `,${META}` : '';
  return `{"jsonrpc":"2.0",${top},"params":{${params}${meta}}}`;
}

/** The bytes of one HTTP request with exactly these departures. */
export function rawRequest(peer: Peer, departures: Departures = {}): Uint8Array {
  const body = bytesOf(departures.body ?? callText(peer, `"name":"${departures.tool ?? 'delete_all'}","arguments":{}`));
  const head = headOf(peer, headersOf(peer, departures, body.length), departures);
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

function headOf(peer: Peer, headers: readonly Header[], { path, version }: Departures): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `POST ${path ?? new URL(peer.url).pathname} ${version ?? 'HTTP/1.1'}\r\n${lines}\r\n`;
}

function headersOf(
  peer: Peer,
  { tool = 'delete_all', set = {}, add = [] }: Departures,
  length: number,
): readonly Header[] {
  const modern: readonly Header[] = [
    ['mcp-protocol-version', '2026-07-28'],
    ['mcp-method', 'tools/call'],
    ['mcp-name', tool],
  ];
  const correct: readonly Header[] = [
    ['host', new URL(peer.url).host],
    ['content-type', 'application/json'],
    ['accept', 'application/json, text/event-stream'],
    ...peer.headers,
    ...(peer.era === 'modern' ? modern : []),
    ['content-length', String(length)],
  ];
  const kept = correct.filter(([name]) => !(name in set));
  const replaced = Object.entries(set).flatMap(([name, value]): Header[] =>
    value === undefined ? [] : [[name, value]],
  );
  return [...kept, ...replaced, ...add];
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
