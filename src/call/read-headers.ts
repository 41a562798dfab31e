import type { HeaderList } from './received.ts';
import { refused, type Refused } from './refused.ts';

/** What the header block says about the message, every value still unproven. Absent fields are `undefined`. */
export interface HeaderFacts {
  readonly kind: 'headers';
  /** Fields that may come once, by lower-case name, without surrounding white space. */
  readonly single: ReadonlyMap<string, string>;
  /** `mcp-param-*` fields by lower-case name. */
  readonly params: ReadonlyMap<string, string>;
}

const PARAM_PREFIX = 'mcp-param-';

/** Fields of which a second one would make two readers disagree. `authorization` is looked at with the credential. */
const SINGLE: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'origin',
  'transfer-encoding',
]);

const FIELD_NAME = /^[a-z0-9!#$%&'*+.^`|~_-]+$/;
/** Everything but controls; bytes above ASCII are somebody else's text (RFC 9110 §5.5, obs-text). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What a field that we read may hold. */
const PLAIN_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Reads the header block: names and values that any parser takes the same way, and at most one of each field that must
 * be single.
 *
 * Refused, too: a name that a CGI-like server takes for one of ours (`mcp_name`), a `Transfer-Encoding` other than
 * `chunked` or beside `Content-Length` (RFC 9112 §6.1), and a session id that is not visible ASCII (MCP 2025-11-25).
 */
export function readHeaders(headers: HeaderList): HeaderFacts | Refused {
  const single = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, raw] of headers) {
    const fields = SINGLE.has(name) ? single : name.startsWith(PARAM_PREFIX) ? params : undefined;
    if (fields === undefined) {
      if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(raw) || isTwin(name)) return refused('http.header-invalid');
      continue;
    }
    if (!FIELD_NAME.test(name) || !PLAIN_VALUE.test(raw)) return refused('http.header-invalid', named(name));
    if (fields.has(name)) return refused('http.header-duplicate', named(name));
    fields.set(name, trimSpace(raw));
  }
  return checkFraming(single) ?? { kind: 'headers', single, params };
}

/** The name for a message: what a caller can put behind `mcp-param-` is not repeated. */
function named(name: string): string {
  return SINGLE.has(name) ? name : PARAM_PREFIX;
}

/** Whether a server that reads `_` as `-` would take this field for one that we compare. */
function isTwin(name: string): boolean {
  if (!name.includes('_')) return false;
  const read = name.replaceAll('_', '-');
  return SINGLE.has(read) || read.startsWith(PARAM_PREFIX);
}

function checkFraming(single: ReadonlyMap<string, string>): Refused | undefined {
  const coding = single.get('transfer-encoding');
  const length = single.get('content-length');
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined)) {
    return refused('http.header-invalid', 'transfer-encoding');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return refused('http.header-invalid', 'content-length');
  const session = single.get('mcp-session-id');
  if (session !== undefined && !/^[\x21-\x7e]+$/.test(session)) return refused('http.header-invalid', 'mcp-session-id');
  return undefined;
}

/** Without the optional white space around a field value (RFC 9110 §5.5). */
function trimSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
