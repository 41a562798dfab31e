import { callText, rawRequest } from '../../attacks/raw-request.ts';
import type { Header } from '../../attacks/peer.ts';
import type { Random } from '../random.ts';
import { type Aim, type Attack, attack, peerOf } from './attack.ts';

/** A header value of printable ASCII. */
function value(random: Random, maxLength = 60): string {
  return Array.from({ length: 1 + random.below(maxLength) }, () => String.fromCharCode(0x21 + random.below(0x5e))).join(
    '',
  );
}

function fields(random: Random, count: number, maxLength?: number): Header[] {
  return Array.from({ length: count }, () => [`x-${random.word()}`, value(random, maxLength)]);
}

const TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/json-rpc',
  'multipart/form-data',
  '*/*',
  '',
];
const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd', 'identity', 'x-unknown'];
const PATHS: readonly ((random: Random) => string)[] = [
  (random) => `/${random.word()}`,
  (random) => `/tools/${random.word()}`,
  (random) => `/tools?${random.word()}=${random.word()}`,
  (random) => `/%74ools/${random.word()}`,
  (random) => `/${random.word()}/../tools`,
  (random) => `//${random.word()}.example/tools`,
  (random) => `/${random.word(1000 + random.below(7000))}`,
  (random) => `/.well-known/${random.word()}`,
  (random) => `http://${random.word()}.example/tools`,
];

/** The first word of the request replaced. */
function withMethod(aim: Aim, random: Random, httpMethod: string, add: readonly Header[] = []): Uint8Array {
  const text = Buffer.from(
    rawRequest(peerOf(aim, random), { body: '', set: { 'content-length': undefined, 'content-type': undefined }, add }),
  ).toString('latin1');
  return Buffer.from(text.replace(/^POST/, httpMethod), 'latin1');
}

// GET with a good token is how a stream is opened, and HEAD has no body to read a reason from.
const METHODS = ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'];

/** Requests whose lines and fields are hostile. */
export const REQUESTS: readonly Attack[] = [
  attack('fields that nobody knows', 4, (aim, random) =>
    rawRequest(peerOf(aim, random), { add: fields(random, 1 + random.below(150)) }),
  ),
  attack('more fields than are read', 1, (aim, random) =>
    rawRequest(peerOf(aim, random), { add: fields(random, 200 + random.below(600), 8) }),
  ),
  attack('a header block beyond the limit', 0.5, (aim, random) =>
    rawRequest(peerOf(aim, random), { add: [['x-long', random.word(8).repeat(8 * 1024)]] }),
  ),
  attack('fields of MCP that do not agree', 5, (aim, random) => {
    const peer = { ...peerOf(aim, random), era: 'modern' as const };
    const field = random.pick(['mcp-method', 'mcp-name', 'mcp-protocol-version', `mcp-param-${random.word()}`]);
    return rawRequest(peer, { set: { [field]: value(random) } });
  }),
  attack('a field of MCP twice', 2, (aim, random) =>
    rawRequest(peerOf(aim, random), {
      add: [[random.pick(['mcp-name', 'mcp-method', 'content-type']), value(random)]],
    }),
  ),
  attack('another protocol version', 2, (aim, random) =>
    rawRequest(peerOf(aim, random), { set: { 'mcp-protocol-version': value(random, 200) } }),
  ),
  attack('another content type', 3, (aim, random) =>
    rawRequest(peerOf(aim, random), { set: { 'content-type': `${random.pick(TYPES)}${value(random, 20)}` } }),
  ),
  attack('a content encoding', 2, (aim, random) =>
    rawRequest(peerOf(aim, random), { add: [['content-encoding', random.pick([...ENCODINGS, value(random, 20)])]] }),
  ),
  attack('another host', 3, (aim, random) => rawRequest(peerOf(aim, random), { set: { host: value(random) } })),
  attack('an origin', 3, (aim, random) =>
    rawRequest(peerOf(aim, random), { add: [['origin', `https://${random.word()}.example`]] }),
  ),
  attack('identity fields', 2, (aim, random) => {
    const field = random.pick(['x-forwarded-for', 'x-forwarded-user', 'forwarded', 'x-real-ip', 'via', 'cookie']);
    return rawRequest(peerOf(aim, random), { add: [[field, value(random)]] });
  }),
  attack('another path', 6, (aim, random) => rawRequest(peerOf(aim, random), { path: random.pick(PATHS)(random) })),
  attack('another HTTP method', 3, (aim, random) => withMethod(aim, random, random.pick(METHODS))),
  attack('a made-up HTTP method', 1, (aim, random) => withMethod(aim, random, random.word().toUpperCase())),
  attack('a body behind GET', 1, (aim, random) => {
    const body = callText(peerOf(aim, random));
    return Buffer.concat([
      withMethod(aim, random, 'GET', [['content-length', String(body.length)]]),
      Buffer.from(body),
    ]);
  }),
  attack('arguments that the rule does not allow', 4, (aim, random) => {
    const peer = peerOf(aim, random);
    const text = JSON.stringify(`${random.text(60)}!`);
    return rawRequest(peer, { tool: 'echo', body: callText(peer, `"name":"echo","arguments":{"text":${text}}`) });
  }),
  attack('arguments that the schema does not know', 3, (aim, random) => {
    const peer = peerOf(aim, random);
    const params = `"name":"echo","arguments":{"text":"a","${random.word()}":${random.below(1e9)}}`;
    return rawRequest(peer, { tool: 'echo', body: callText(peer, params) });
  }),
  attack('a tool that the token does not grant', 3, (aim, random) =>
    rawRequest(peerOf(aim, random, aim.tokens.narrow), { tool: random.pick(['delete_all', 'add', 'big', 'send']) }),
  ),
];
