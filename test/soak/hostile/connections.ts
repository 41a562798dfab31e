import { HOSTILE_CALLS } from '../../attacks/hostile-calls.ts';
import { callText, rawRequest } from '../../attacks/raw-request.ts';
import type { Random } from '../random.ts';
import { type Aim, type Attack, attack, peerOf, type Shot } from './attack.ts';

/** A whole request, cut somewhere. */
function cut(aim: Aim, random: Random, where: 'head' | 'body'): Uint8Array {
  const peer = peerOf(aim, random);
  const whole = rawRequest(peer, {
    body: callText(peer, `"name":"delete_all","arguments":{"a":"${random.word(400)}"}`),
  });
  const head = Buffer.from(whole).indexOf('\r\n\r\n') + 4;
  return where === 'head'
    ? whole.subarray(0, 1 + random.below(head - 5))
    : whole.subarray(0, head + 1 + random.below(whole.length - head - 1));
}

function leaving(
  name: string,
  weight: number,
  ending: Shot['ending'],
  bytes: (aim: Aim, random: Random) => Uint8Array,
): Attack {
  return { name, weight, shoot: (aim, random) => ({ bytes: bytes(aim, random), ending }) };
}

/** Lines put behind the request line. */
function withLines(aim: Aim, random: Random, lines: string, requestLine?: string): Uint8Array {
  const text = Buffer.from(rawRequest(peerOf(aim, random))).toString('latin1');
  const at = text.indexOf('\r\n');
  return Buffer.from(`${requestLine ?? text.slice(0, at)}\r\n${lines}${text.slice(at + 2)}`, 'latin1');
}

const LINES: readonly ((random: Random) => string)[] = [
  () => 'transfer-encoding: chunked\r\n',
  (random) => `transfer-encoding: ${random.word()}\r\n`,
  (random) => `content-length: ${random.below(1e6)}\r\n`,
  (random) => `x-folded: a\r\n ${random.word()}\r\n`,
  (random) => `x: y\n${random.word()}: z\r\n`,
  (random) => `x-${random.word()} : a\r\n`,
  (random) => `x-nul: ${random.word()}\0\r\n`,
  (random) => `host: ${random.word()}.example\r\n`,
  () => 'expect: 100-continue\r\n',
  (random) => `upgrade: ${random.word()}\r\nconnection: upgrade\r\n`,
  () => 'connection: mcp-name, authorization\r\n',
];
const REQUEST_LINES: readonly ((random: Random) => string)[] = [
  () => 'POST /tools HTTP/1.0',
  () => 'POST /tools HTTP/1.2',
  () => 'POST /tools',
  (random) => `CONNECT ${random.word()}.example:443 HTTP/1.1`,
  (random) => `POST  /tools ${random.word()} HTTP/1.1`,
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n',
];
const CHUNKS: readonly ((random: Random) => string)[] = [
  (random) => `${random.word()}\r\n{}\r\n0\r\n\r\n`,
  () => '-2\r\n{}\r\n0\r\n\r\n',
  () => 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n',
  (random) => `2;${random.word(2000)}\r\n{}\r\n0\r\n\r\n`,
  (random) => `2\r\n{}${random.word(4)}\r\n0\r\n\r\n`,
  (random) => `2\r\n{}\r\n0\r\nx-${random.word()}: ${random.word()}\r\n\r\n`,
];

/** Bytes that are no request, requests that parsers cut differently, and senders who leave. */
export const CONNECTIONS: readonly Attack[] = [
  attack('a line that parsers read differently', 8, (aim, random) =>
    withLines(aim, random, random.pick(LINES)(random)),
  ),
  attack('another request line', 3, (aim, random) => withLines(aim, random, '', random.pick(REQUEST_LINES)(random))),
  attack('chunks that parsers read differently', 3, (aim, random) => {
    const head = rawRequest(peerOf(aim, random), {
      body: '',
      set: { 'content-length': undefined },
      add: [['transfer-encoding', 'chunked']],
    });
    return Buffer.concat([head, Buffer.from(random.pick(CHUNKS)(random), 'latin1')]);
  }),
  attack('bytes that are no HTTP', 3, (_aim, random) => Buffer.concat([random.bytes(20), Buffer.from('\r\n\r\n')])),
  attack('a TLS greeting', 1, (_aim, random) => Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1]), random.bytes(80)])),
  attack('one of the known attacks', 10, (aim, random) => {
    const peer = peerOf(aim, random);
    return random.pick(HOSTILE_CALLS.filter(({ eras }) => eras.includes(peer.era))).build(peer);
  }),
  leaving('half a header block, then gone', 3, 'leave', (aim, random) => cut(aim, random, 'head')),
  leaving('half a body, then gone', 4, 'leave', (aim, random) => cut(aim, random, 'body')),
  leaving('half a body, then cut', 3, 'reset', (aim, random) => cut(aim, random, 'body')),
  leaving('a call whose caller does not wait', 4, 'leave', (aim, random) => rawRequest(peerOf(aim, random))),
  leaving('a call whose caller cuts', 3, 'reset', (aim, random) => rawRequest(peerOf(aim, random))),
  leaving('a connection without a byte', 1, 'leave', () => Buffer.alloc(0)),
  leaving('half a header block, then silence', 0.05, 'stall', (aim, random) => cut(aim, random, 'head')),
  leaving('half a body, then silence', 0.05, 'stall', (aim, random) => cut(aim, random, 'body')),
];
