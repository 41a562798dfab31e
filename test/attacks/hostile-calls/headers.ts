import { EVERYWHERE, hostile, type HostileCall, LEGACY, PYTHON, TYPESCRIPT, V2 } from '../hostile-call.ts';
import type { Peer } from '../peer.ts';
import { callText, rawRequest, type Departures } from '../raw-request.ts';

const withHeaders = (departures: Departures) => (peer: Peer) => rawRequest(peer, departures);
/** The same path with its last letter percent-encoded. */
const escapedEnd = (path: string): string => `${path.slice(0, -1)}%${(path.at(-1) ?? '').charCodeAt(0).toString(16)}`;
const mismatch = ['mcp.header-mismatch'] as const;
/** `send {region}` with whatever its mirrored header says. */
const send = (region: string | undefined) => (peer: Peer) =>
  rawRequest(peer, {
    tool: 'send',
    body: callText(peer, '"name":"send","arguments":{"region":"eu","text":"x"}'),
    ...(region === undefined ? {} : { add: [['mcp-param-region', region]] }),
  });

/** Headers that say something else than the body, or come from where nobody should call. */
export const HEADERS: readonly HostileCall[] = [
  hostile('Mcp-Method of a harmless method', mismatch, LEGACY, withHeaders({ set: { 'mcp-method': 'tools/list' } })),
  hostile('Mcp-Name of a harmless tool', mismatch, LEGACY, withHeaders({ set: { 'mcp-name': 'echo' } })),
  hostile('both forged', mismatch, LEGACY, withHeaders({ set: { 'mcp-method': 'tools/list', 'mcp-name': 'safe' } })),
  hostile(
    'Mcp-Name twice',
    ['http.header-duplicate'],
    LEGACY,
    withHeaders({
      add: [
        ['mcp-name', 'delete_all'],
        ['mcp-name', 'echo'],
      ],
    }),
  ),
  hostile(
    'Mcp-Name with an underscore beside it',
    ['http.header-invalid'],
    EVERYWHERE,
    withHeaders({ add: [['mcp_name', 'echo']] }),
  ),
  hostile(
    'Mcp-Name in base64 of another tool',
    mismatch,
    LEGACY,
    withHeaders({ set: { 'mcp-name': '=?base64?ZWNobw==?=' } }),
  ),
  hostile(
    'the legacy version on a request that describes itself',
    mismatch,
    [],
    withHeaders({ set: { 'mcp-protocol-version': '2025-11-25' } }),
    { eras: ['modern'] },
  ),
  hostile(
    'no version header on a request that describes itself',
    mismatch,
    [],
    withHeaders({ set: { 'mcp-protocol-version': undefined } }),
    { eras: ['modern'] },
  ),
  hostile(
    'a version nobody has published',
    ['mcp.version'],
    [],
    withHeaders({ set: { 'mcp-protocol-version': '2027-01-01' } }),
  ),
  hostile('Mcp-Param of another region', mismatch, [], send('us'), { eras: ['modern'], runs: 'send' }),
  hostile('Mcp-Param left out', mismatch, [], send(undefined), { eras: ['modern'], runs: 'send' }),
  hostile('a foreign Origin', ['http.origin'], TYPESCRIPT, withHeaders({ add: [['origin', 'http://evil.example']] })),
  hostile('the opaque Origin', ['http.origin'], TYPESCRIPT, withHeaders({ add: [['origin', 'null']] })),
  hostile('a foreign Host', ['http.host'], V2, withHeaders({ set: { host: 'evil.example' } })),
  hostile('another path of the same server', ['http.route'], V2, (peer) =>
    rawRequest(peer, { path: `${new URL(peer.url).pathname}/x` }),
  ),
  hostile('the path in capitals', ['http.route'], TYPESCRIPT, (peer) =>
    rawRequest(peer, { path: new URL(peer.url).pathname.toUpperCase() }),
  ),
  hostile('the path with a second slash', ['http.route'], V2, (peer) =>
    rawRequest(peer, { path: `/${new URL(peer.url).pathname}` }),
  ),
  hostile('the path by way of another', ['http.route'], V2, (peer) =>
    rawRequest(peer, { path: `/x/..${new URL(peer.url).pathname}` }),
  ),
  hostile('the path with an escaped letter', ['http.route'], [...V2, ...PYTHON], (peer) =>
    rawRequest(peer, { path: escapedEnd(new URL(peer.url).pathname) }),
  ),
];
