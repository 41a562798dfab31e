import { BODY } from './framing-shapes.ts';

/** Header fields of one HTTP/2 request, pseudo fields among them. `HOST` stands for the listener's own. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** A good request. */
export const GOOD: Fields = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/mcp'],
  [':authority', 'HOST'],
  ['content-type', 'application/json'],
  ['accept', 'application/json, text/event-stream'],
];

const set = (name: string, value: string): Fields => GOOD.map((field) => (field[0] === name ? [name, value] : field));
const add = (...fields: Fields): Fields => [...GOOD, ...fields];
const SMUGGLED = 'POST /mcp HTTP/1.1\r\nhost: HOST\r\ncontent-length: 0\r\n\r\n';

/**
 * Requests over HTTP/2 that would be two, or another one, where somebody writes them down as HTTP/1.1 (RFC 9113 §8.1.1, §8.2,
 * §8.3, §10.3). Each has `BODY` for a body.
 */
export const HTTP2_SHAPES: Readonly<Record<string, Fields>> = {
  'a length that is too short': add(['content-length', '3']),
  'a length that is too long': add(['content-length', String(BODY.length + 10)]),
  'a length of none': add(['content-length', '0']),
  'two lengths': add(['content-length', String(BODY.length)], ['content-length', '3']),
  'a length that is no number': add(['content-length', '+9']),
  'a transfer coding': add(['transfer-encoding', 'chunked']),
  'a connection field': add(['connection', 'close']),
  'an upgrade': add(['upgrade', 'h2c']),
  'a keep-alive': add(['keep-alive', 'timeout=5']),
  'a line break in a value': add(['x-note', 'a\r\nmcp-name: echo']),
  'a bare line feed in a value': add(['x-note', 'a\nmcp-name: echo']),
  'a bare carriage return in a value': add(['x-note', 'a\rmcp-name: echo']),
  'a NUL in a value': add(['x-note', 'a\0b']),
  'a request in a value': add(['x-note', `a\r\n\r\n${SMUGGLED}`]),
  'a capital in a name': add(['X-Note', 'a']),
  'a line break in a name': add(['x-note: a\r\nmcp-name', 'echo']),
  'a colon in a name': add(['x-note:mcp-name', 'echo']),
  'a space in a name': add(['x note', 'a']),
  'an underscore in a name': add(['mcp_name', 'echo']),
  'no name': add(['', 'a']),
  'a line break in the path': set(':path', '/mcp HTTP/1.1\r\nx-note: a'),
  'a request in the path': set(':path', `/mcp HTTP/1.1\r\nhost: HOST\r\n\r\n${SMUGGLED}`),
  'a space in the path': set(':path', '/mcp /x'),
  'an absolute path': set(':path', 'http://evil.example/mcp'),
  'no path': set(':path', ''),
  'two paths': add([':path', '/mcp']),
  'a line break in the method': set(':method', 'POST /mcp HTTP/1.1\r\nx-note: a\r\n\r\nGET'),
  'a space in the method': set(':method', 'POST /x'),
  'a line break in the authority': set(':authority', 'HOST\r\nx-note: a'),
  'another host beside the authority': add(['host', 'evil.example']),
  'two authorities': add([':authority', 'evil.example']),
  'a user in the authority': set(':authority', 'HOST@evil.example'),
  'a line break in the scheme': set(':scheme', 'http\r\nx-note: a'),
  'a pseudo field that nobody knows': [[':note', 'a'], ...GOOD],
  'a pseudo field behind the others': [...GOOD.slice(1), [':method', 'POST']],
  'a status': [[':status', '200'], ...GOOD],
  'the beginning of a tunnel': [[':protocol', 'websocket'], ...set(':method', 'CONNECT')],
  'CONNECT': [
    [':method', 'CONNECT'],
    [':authority', 'HOST'],
  ],
};
