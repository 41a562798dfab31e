/** The call in all of them. */
export const BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","arguments":{}}}';

/** How a request departs from a plain one. */
export interface Shape {
  readonly line?: string;
  readonly host?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly length?: string;
}

/** One request as text; `HOST` stands for the listener's own, `/mcp` for the path. */
export function request({ line, host, fields = [], body = BODY, length }: Shape = {}): string {
  const lines = [
    line ?? 'POST /mcp HTTP/1.1',
    ...(host === '' ? [] : [host ?? 'host: HOST']),
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    length ?? `content-length: ${Buffer.byteLength(body)}`,
    ...fields,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** The same body in chunks. */
export const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

/** Requests that two HTTP parsers cut or aim differently (RFC 9112 §3.2, §5.2, §6, §11.2). */
export const SHAPES: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': request({ fields: ['transfer-encoding: chunked'], body: chunked }),
  'Transfer-Encoding and Content-Length': request({
    length: 'transfer-encoding: chunked',
    fields: ['content-length: 4'],
    body: chunked,
  }),
  'a folded Transfer-Encoding': request({ fields: ['transfer-encoding:', ' chunked'], body: chunked }),
  'a folded header': request({ fields: ['x-note: a', ' mcp-name: echo'] }),
  'a bare line feed in the header block': request({ fields: ['x-note: a\nmcp-name: echo'] }),
  'a bare line feed at the end of the header block': request().replace('\r\n\r\n', '\n\n'),
  'a bare carriage return in a header': request({ fields: ['x-note: a\rmcp-name: echo'] }),
  'two Content-Length': request({ fields: ['content-length: 4'] }),
  'two equal Content-Length': request({ fields: [`content-length: ${BODY.length}`] }),
  'a Content-Length with a sign': request({ length: `content-length: +${BODY.length}` }),
  'a Content-Length in hex': request({ length: 'content-length: 0x10' }),
  'a list as Content-Length': request({ length: `content-length: ${BODY.length}, ${BODY.length}` }),
  'a negative Content-Length': request({ length: 'content-length: -1' }),
  'an unknown transfer coding': request({ length: 'transfer-encoding: gzip', body: chunked }),
  'gzip and chunked': request({ length: 'transfer-encoding: gzip, chunked', body: chunked }),
  'chunked twice': request({ length: 'transfer-encoding: chunked, chunked', body: chunked }),
  'two Transfer-Encoding': request({
    length: 'transfer-encoding: gzip',
    fields: ['transfer-encoding: chunked'],
    body: chunked,
  }),
  'chunked that is not last': request({ length: 'transfer-encoding: chunked, identity', body: chunked }),
  'a misspelt transfer coding': request({ length: 'transfer-encoding: xchunked', body: chunked }),
  'a chunk size with a sign': request({ length: 'transfer-encoding: chunked', body: `+${chunked}` }),
  'a chunk size in no hex': request({ length: 'transfer-encoding: chunked', body: `g\r\n${BODY}\r\n0\r\n\r\n` }),
  'a bare line feed after a chunk size': request({
    length: 'transfer-encoding: chunked',
    body: chunked.replace('\r\n', '\n'),
  }),
  'an absolute form': request({ line: 'POST http://HOST/mcp HTTP/1.1' }),
  'an absolute form of another host': request({ line: 'POST http://evil.example/mcp HTTP/1.1' }),
  'an asterisk form': request({ line: 'OPTIONS * HTTP/1.1', length: 'x: y', body: '' }),
  'CONNECT': request({ line: 'CONNECT evil.example:443 HTTP/1.1', length: 'x: y', body: '' }),
  'HTTP/1.2': request({ line: 'POST /mcp HTTP/1.2' }),
  'HTTP/1.0': request({ line: 'POST /mcp HTTP/1.0' }),
  'HTTP/0.9': 'POST /mcp\r\n\r\n',
  'HTTP/2 with prior knowledge': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a lower-case version': request({ line: 'POST /mcp http/1.1' }),
  'a method in no capitals': request({ line: 'post /mcp HTTP/1.1' }),
  'an upgrade to h2c': request({
    fields: ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAA'],
  }),
  'an upgrade to websocket': request({
    line: 'GET /mcp HTTP/1.1',
    fields: ['connection: upgrade', 'upgrade: websocket'],
    length: 'x: y',
    body: '',
  }),
  'Expect: 100-continue': request({ fields: ['expect: 100-continue'] }),
  'another expectation': request({ fields: ['expect: 200-ok'] }),
  'no Host': request({ host: '' }),
  'two Hosts': request({ fields: ['host: evil.example'] }),
  'GET with a body': request({ line: 'GET /mcp HTTP/1.1' }),
  'DELETE with chunks': request({ line: 'DELETE /mcp HTTP/1.1', length: 'transfer-encoding: chunked', body: chunked }),
  'Connection naming a judged header': request({ fields: ['connection: keep-alive, mcp-protocol-version'] }),
  'a space before a colon': request({ fields: ['x-note : a'] }),
  'a NUL in a header': request({ fields: ['x-note: a\0b'] }),
  'a header without a name': request({ fields: [': a'] }),
};

/** Paths that are not the route, but that somebody might take for it. */
export const PATHS: readonly string[] = [
  '/',
  '/mcp/',
  '/MCP',
  '//mcp',
  '/./mcp',
  '/x/../mcp',
  '/%6dcp',
  '/mcp%00',
  '/mcp;x=y',
  '/mcp?x=y',
  '/mcp?',
  '/mcp#x',
  '/mcp\\',
  '/mc\u00fe',
  '/health',
];

/** Who a request is for and where it comes from; without a reason it is served. `https://app.example` is listed. */
export const ADDRESSES: Readonly<Record<string, { host?: string; fields?: string[]; reason?: string }>> = {
  'a foreign Host (DNS rebinding)': { host: 'host: evil.example', reason: 'http.host' },
  'a Host with a foreign port': { host: 'host: localhost:1', reason: 'http.host' },
  'a Host that only begins right': { host: 'host: 127.0.0.1.evil.example', reason: 'http.host' },
  'a Host in mixed case': { host: 'host: Localhost' },
  'no Origin': {},
  'a foreign Origin': { fields: ['origin: http://evil.example'], reason: 'http.origin' },
  'the Origin null': { fields: ['origin: null'], reason: 'http.origin' },
  'the listed Origin': { fields: ['origin: https://app.example'] },
  'the listed Origin and another': {
    fields: ['origin: https://app.example', 'origin: http://evil.example'],
    reason: 'http.header-duplicate',
  },
  'a longer Origin': { fields: ['origin: https://app.example.evil.example'], reason: 'http.origin' },
};

/** Header fields that make the header block larger than any client’s. */
export const LARGE: Readonly<Record<string, string>> = {
  'a header block above 60 KiB': `x-large: ${'x'.repeat(61 * 1024)}`,
  'more header fields than are read': Array.from({ length: 300 }, (_, at) => `x-${at}: y`).join('\r\n'),
  'more header fields than Node keeps': Array.from({ length: 2100 }, (_, at) => `x-${at}: y`).join('\r\n'),
};

/** What a client has sent that does not go on, by what the rest of it is. */
export const SLOW: Readonly<Record<string, string>> = {
  'its header block': 'POST /mcp HTTP/1.1\r\nhost: HOST\r\nx-',
  'its body': request({ length: 'content-length: 5000' }),
};
