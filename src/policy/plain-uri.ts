/** What keeps a URI from being in normal form, as a phrase that follows "the URI", and its other spelling if it has one. */
export interface UriFault {
  readonly message: string;
  readonly normal?: string;
}

const MAX_URI_LENGTH = 8_192;
/** Scheme, authority if there is one, path, and the rest (RFC 3986 appendix B). */
const PARTS = /^([^:/?#]+):(?:\/\/([^/?#]*))?([^?#]*)(.*)$/s;
/** Schemes whose fragment is for the reader and never reaches the server. */
const WEB = ['http', 'https', 'ws', 'wss', 'ftp'];

/** Whether a resource URI is in the one form in which rules compare it. */
export function isPlainUri(uri: string): boolean {
  return uriFault(uri) === undefined;
}

/**
 * What keeps a resource URI from being in normal form; `undefined` when nothing does.
 *
 * Rules compare URIs as texts, so a URI that others read as another one is a way around them: `FILE:`, `file:/secret`,
 * `file://localhost/secret`, `s%65cret`, `/workspace/a?/../../etc`. In normal form are URIs that the WHATWG URL standard
 * serialises as they are, in the characters of RFC 3986, with nothing percent-encoded that need not be, no empty or dot
 * segments anywhere, no user part, and for `file:` no host, query or fragment.
 */
export function uriFault(uri: string): UriFault | undefined {
  if (uri.length > MAX_URI_LENGTH) return { message: `is longer than ${MAX_URI_LENGTH} characters` };
  const [, scheme, authority, path = '', rest = ''] = PARTS.exec(uri) ?? [];
  if (scheme === undefined || !/^[a-z][a-z0-9+.-]*$/.test(scheme)) {
    return { message: 'must begin with a scheme in lower case', ...spelledLike(uri) };
  }
  if (!/^[\w.~:/?#[\]@!$&'()*+,;=%-]+$/.test(uri)) {
    return { message: 'has characters that must be percent-encoded', ...spelledLike(uri) };
  }
  const message =
    encodingFault(uri, scheme) ??
    authorityFault(scheme, authority) ??
    segmentFault(uri, scheme, path) ??
    restFault(scheme, rest);
  if (message !== undefined) return { message, ...spelledLike(uri) };
  return isSerialised(uri) ? undefined : { message: 'can be spelled in another way', ...spelledLike(uri) };
}

/**
 * Percent-encoding has one spelling: upper case, one layer, UTF-8, and only for what cannot stand there by itself. In
 * other URIs than `file:` an encoded `;` or `=` can mean something else than a plain one.
 */
function encodingFault(uri: string, scheme: string): string | undefined {
  if (/%(?![0-9A-F]{2})/.test(uri)) return 'must write percent-encoding as %XX in upper case';
  if (/%25[0-9A-Fa-f]{2}/.test(uri)) return 'must not be percent-encoded twice';
  if (scheme === 'file' && /%(?:2[146-9ABC]|3[ABD]|40)/.test(uri)) return 'has percent-encoded what need not be';
  const whole = decoded(uri);
  if (whole === undefined || whole !== whole.normalize('NFC')) return 'must percent-encode normalised UTF-8';
  const encoded = uri.match(/(?:%[0-9A-F]{2})+/g) ?? [];
  return encoded.every(isPlainEncoding) ? undefined : 'has percent-encoded what must not be';
}

function isPlainEncoding(encoded: string): boolean {
  const text = decoded(encoded);
  if (text === undefined || /[\w.~/\\-]/.test(text)) return false;
  // A space is common in names; whatever else is not to be seen can hide one name in another.
  if (/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text.replaceAll(' ', ''))) return false;
  // Compatibility mapping makes dots and slashes of some characters, as in paths.
  return !/[\w./\\%]/.test(text.replaceAll('%', '').normalize('NFKC'));
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function authorityFault(scheme: string, authority: string | undefined): string | undefined {
  if (scheme === 'file') return authority === '' ? undefined : 'must begin with file:///';
  if (authority === undefined) return undefined;
  if (authority.includes('@')) return 'must not have a user part';
  return /[A-Z]|:0*$/.test(authority) ? 'must have its host in lower case and no empty port' : undefined;
}

/** Dot segments are looked for in the whole text: not everybody ends the path at `?`, `#` or `;`. */
function segmentFault(uri: string, scheme: string, path: string): string | undefined {
  const segments = uri.slice(scheme.length + 1).split(/[/?#]/);
  if (segments.some((segment) => /^\.{1,2}(?:;.*)?$/.test(segment))) return 'must not have the segments . and ..';
  if (path.includes('//')) return 'must not have empty segments';
  return scheme === 'file' && path.length > 1 && path.endsWith('/') ? 'must not end in a slash' : undefined;
}

function restFault(scheme: string, rest: string): string | undefined {
  if (scheme === 'file' && rest !== '') return 'must not have ? and #: a file has no query';
  if (WEB.includes(scheme) && rest.includes('#')) return 'must not have a fragment: it is not sent to the server';
  return /^\??#?$/.test(rest) && rest !== '' ? 'must not end in an empty query or fragment' : undefined;
}

function isSerialised(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).href === uri;
}

/** The WHATWG serialisation, where it is in normal form. */
function spelledLike(uri: string): Pick<UriFault, 'normal'> {
  if (!URL.canParse(uri)) return {};
  const { href } = new URL(uri);
  return href !== uri && isPlainUri(href) ? { normal: href } : {};
}
