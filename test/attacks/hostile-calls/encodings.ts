import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { EVERYWHERE, hostile, type HostileCall, PYTHON, TYPESCRIPT, V2 } from '../hostile-call.ts';
import type { Peer } from '../peer.ts';
import { callText, rawRequest } from '../raw-request.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf32 = (text: string): Buffer => {
  const bytes = Buffer.alloc(text.length * 4);
  for (let at = 0; at < text.length; at += 1) bytes.writeUInt32LE(text.charCodeAt(at), at * 4);
  return bytes;
};
const plain = (text: string): Buffer => Buffer.from(text);
const bom = (text: string): Buffer => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);

/** The letter `A` of the text `A` as these bytes, in a call of `echo`. */
const echoBytes = (peer: Peer, bytes: readonly number[]): Buffer => {
  const [before = '', after = ''] = callText(peer, '"name":"echo","arguments":{"text":"§"}').split('§');
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
};
const echo = (bytes: readonly number[]) => (peer: Peer) =>
  rawRequest(peer, { tool: 'echo', body: echoBytes(peer, bytes) });
const encoded =
  (encode: (text: string) => Uint8Array, set: Record<string, string> = {}) =>
  (peer: Peer) =>
    rawRequest(peer, { body: encode(callText(peer)), set });
const charset = (name: string) => ({ 'content-type': `application/json; charset=${name}` });

/** Bodies that are not plain UTF-8, or are said not to be. */
export const ENCODINGS: readonly HostileCall[] = [
  hostile(
    'UTF-16 with its charset',
    ['body.content-type'],
    ['v1 legacy', 'py modern'],
    encoded(utf16, charset('utf-16le')),
  ),
  hostile(
    'UTF-32 with its charset',
    ['body.content-type'],
    ['v1 legacy', 'py modern'],
    encoded(utf32, charset('utf-32le')),
  ),
  hostile(
    'UTF-7 with its charset',
    ['body.content-type'],
    ['v1 legacy'],
    encoded((text) => Buffer.from(text.replaceAll('{', '+AHs-')), charset('utf-7')),
  ),
  hostile('UTF-16 without a label', ['body.encoding', 'json.syntax'], ['py modern'], encoded(utf16)),
  hostile('UTF-32 without a label', ['body.encoding', 'json.syntax'], ['py modern'], encoded(utf32)),
  hostile('a byte order mark', ['body.encoding'], [...TYPESCRIPT, 'py modern'], encoded(bom)),
  hostile(
    'two byte order marks',
    ['body.encoding'],
    V2,
    encoded((text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bom(text)])),
  ),
  hostile('a byte that is no UTF-8', ['body.encoding'], TYPESCRIPT, echo([0xff]), { runs: 'echo' }),
  hostile('an overlong form', ['body.encoding'], TYPESCRIPT, echo([0xc1, 0x81]), { runs: 'echo' }),
  hostile(
    'surrogates encoded one by one (CESU-8)',
    ['body.encoding'],
    [...TYPESCRIPT, 'py modern'],
    echo([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
    {
      runs: 'echo',
    },
  ),
  hostile('a gzip body', ['body.content-encoding'], ['v1 legacy'], encoded(gzipSync, { 'content-encoding': 'gzip' })),
  hostile(
    'a deflate body',
    ['body.content-encoding'],
    ['v1 legacy'],
    encoded(deflateSync, { 'content-encoding': 'deflate' }),
  ),
  hostile(
    'a br body',
    ['body.content-encoding'],
    ['v1 legacy'],
    encoded(brotliCompressSync, { 'content-encoding': 'br' }),
  ),
  hostile(
    'a zstd body',
    ['body.content-encoding'],
    ['v1 legacy'],
    encoded(zstdCompressSync, { 'content-encoding': 'zstd' }),
  ),
  hostile(
    'gzip said of plain bytes',
    ['body.content-encoding'],
    [...V2, ...PYTHON],
    encoded(plain, { 'content-encoding': 'gzip' }),
  ),
  hostile('UTF-16 said of plain bytes', ['body.content-type'], [...V2, ...PYTHON], encoded(plain, charset('utf-16le'))),
  hostile(
    'a lone surrogate, escaped',
    ['json.lone-surrogate'],
    [...TYPESCRIPT, 'py modern'],
    echo([...Buffer.from('\\ud800')]),
    {
      runs: 'echo',
    },
  ),
  hostile('a NUL, escaped', ['json.nul'], EVERYWHERE, echo([...Buffer.from('\\u0000')]), { runs: 'echo' }),
  hostile(
    'a content type that only begins like JSON',
    ['body.content-type'],
    ['py modern'],
    encoded(plain, { 'content-type': 'application/json-rpc' }),
  ),
  hostile(
    'two media types in one Content-Type',
    ['body.content-type'],
    PYTHON,
    encoded(plain, { 'content-type': 'application/json,text/plain' }),
  ),
];
