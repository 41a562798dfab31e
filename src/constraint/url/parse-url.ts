/** A URL whose parts every reader finds in the same place. */
export interface ParsedUrl {
  readonly kind: 'url';
  /** Lower case, without colon. */
  readonly scheme: string;
  /** As WHATWG serialises it: lower case, punycode, IPv6 in brackets. */
  readonly host: string;
  /** Given, or the scheme's own. */
  readonly port: number;
  /** As written, `/` when empty; no dot segments. */
  readonly path: string;
}

/** A URL that readers may take apart in different ways. */
export interface AmbiguousUrl {
  readonly kind: 'ambiguous';
  /** What to write instead, as a phrase that follows "a URL". */
  readonly instead: string;
}

/** The schemes that have a host by the WHATWG URL standard ("special" schemes), with their ports. */
export const SCHEME_PORTS: ReadonlyMap<string, number> = new Map([
  ['https', 443],
  ['http', 80],
  ['wss', 443],
  ['ws', 80],
  ['ftp', 21],
]);

const MAX_URL_LENGTH = 8_192;
/** Scheme, `://`, authority, path, and what follows. */
const SHAPE = /^([A-Za-z]+):\/\/([^/?#]+)([^?#]*)(.*)$/;

/**
 * The parts of a URL after WHATWG parsing, or why it is ambiguous.
 *
 * Stricter than the standard where parsers differ: no whitespace, control characters or backslashes anywhere; exactly
 * `scheme://host`; no userinfo, not even an empty one; a host in ASCII (IDN as punycode) without percent-encoding, empty
 * labels or a dot at the end; an IP address only in its canonical form (`0x7f.1`, `127.1`, `[::ffff:7f00:1]` are not);
 * a port without leading zeros; no dot segments in the path.
 */
export function parseUrl(text: string): ParsedUrl | AmbiguousUrl {
  if (text.length > MAX_URL_LENGTH) return ambiguous(`of at most ${MAX_URL_LENGTH} characters`);
  if (/[\p{C}\p{Z}\\]/u.test(text)) return ambiguous('without spaces, control characters and backslashes');
  const [, writtenScheme, authority, path, rest] = SHAPE.exec(text) ?? [];
  if (writtenScheme === undefined || authority === undefined) return ambiguous('of the form scheme://host/path');
  const scheme = writtenScheme.toLowerCase();
  const defaultPort = SCHEME_PORTS.get(scheme);
  if (defaultPort === undefined) return ambiguous(`with one of the schemes ${[...SCHEME_PORTS.keys()].join(', ')}`);
  if (authority.includes('@')) return ambiguous('without a user name');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || rest === undefined) return ambiguous('that can be parsed');
  if (!isPlainHost(authority, url)) return ambiguous('with a plain host name or canonical IP address');
  if (url.pathname !== (path === '' ? '/' : path) && !isOnlyEscaped(path ?? '', url.pathname)) {
    return ambiguous('without "." and ".." segments');
  }
  return {
    kind: 'url',
    scheme,
    host: url.hostname,
    port: url.port === '' ? defaultPort : Number(url.port),
    path: path || '/',
  };
}

/** Whether what stands before the port is what WHATWG parsing made of it, up to case. */
function isPlainHost(authority: string, url: URL): boolean {
  const host = authority.replace(/:[1-9][0-9]*$/, '');
  if (host.toLowerCase() !== url.hostname) return false;
  if (host.startsWith('[')) return !/^\[::ffff:/i.test(host);
  return (
    host.length <= 253 && host.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
  );
}

/** WHATWG writes some characters of a path as `%XX`; nothing else may change. */
function isOnlyEscaped(path: string, pathname: string): boolean {
  return path.replaceAll(/[^\u0021-\u007e]|["<>`{}^]/gu, encodeURIComponent) === pathname;
}

function ambiguous(instead: string): AmbiguousUrl {
  return { kind: 'ambiguous', instead };
}
