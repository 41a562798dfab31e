import { type HostileCall, hostile, PYTHON } from '../hostile-call.ts';
import type { Peer } from '../peer.ts';
import { callText, type Departures, rawRequest } from '../raw-request.ts';

const CLOSED = { afterwards: 'closed' } as const;
const framing = ['http.framing', 'http.header-invalid'] as const;
const harmless = (peer: Peer): string => callText(peer, '"name":"echo","arguments":{"text":"safe"}');

/** A harmless chunked body, then a second request that a front which counts by Content-Length takes for part of it. */
function smuggled(peer: Peer, transferEncoding: string): Buffer {
  const inner = Buffer.from(rawRequest(peer));
  const text = harmless(peer);
  const chunked = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  const length = Buffer.byteLength(chunked) + inner.length;
  const outer = Buffer.from(
    rawRequest(peer, { tool: 'echo', body: '', set: { 'content-length': String(length) } }),
  ).toString('latin1');
  const head = outer.replace(/\r\n\r\n$/, `\r\n${transferEncoding}\r\n\r\n`);
  return Buffer.concat([Buffer.from(head + chunked, 'latin1'), inner]);
}

/** The header line `line` put as it is behind the first one. */
function withLine(peer: Peer, line: string, departures: Departures = {}): Buffer {
  const text = Buffer.from(rawRequest(peer, departures)).toString('latin1');
  const at = text.indexOf('\r\n') + 2;
  return Buffer.from(`${text.slice(0, at)}${line}${text.slice(at)}`, 'latin1');
}

const UNNAMED: Departures = { set: { 'mcp-name': undefined } };
const MODERN = { ...CLOSED, eras: ['modern'] } as const;

/** Requests whose bytes one HTTP parser cuts here and another there (RFC 9112 §6, §11.2). */
export const FRAMING: readonly HostileCall[] = [
  hostile(
    'Content-Length and Transfer-Encoding',
    framing,
    PYTHON,
    (peer) => smuggled(peer, 'Transfer-Encoding: chunked'),
    CLOSED,
  ),
  hostile(
    'Content-Length and a folded Transfer-Encoding',
    framing,
    PYTHON,
    (peer) => smuggled(peer, 'Transfer-Encoding:\r\n chunked'),
    CLOSED,
  ),
  hostile(
    'Content-Length and a Transfer-Encoding after a bare line feed',
    framing,
    PYTHON,
    (peer) => smuggled(peer, 'X: y\nTransfer-Encoding: chunked'),
    CLOSED,
  ),
  hostile('Content-Length twice', framing, [], (peer) => withLine(peer, 'content-length: 4\r\n'), CLOSED),
  hostile('a folded header line', framing, PYTHON, (peer) => withLine(peer, 'x: y\r\n mcp-name: echo\r\n'), CLOSED),
  hostile(
    'an Mcp-Name folded onto a second line',
    framing,
    ['py modern'],
    (peer) => withLine(peer, 'mcp-name:\r\n delete_all\r\n', UNNAMED),
    MODERN,
  ),
  hostile(
    'an Mcp-Name after a bare line feed',
    framing,
    ['py modern'],
    (peer) => withLine(peer, 'x: y\nmcp-name: delete_all\r\n', UNNAMED),
    MODERN,
  ),
  hostile('HTTP/1.2', framing, PYTHON, (peer) => rawRequest(peer, { version: 'HTTP/1.2' }), CLOSED),
  hostile('a space before a colon', framing, [], (peer) => withLine(peer, 'content-type : text/plain\r\n'), CLOSED),
  hostile('a NUL in a header', framing, [], (peer) => withLine(peer, 'x-note: a\0b\r\n'), CLOSED),
];
