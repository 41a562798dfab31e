import { lineEnd } from './line-end.ts';

/** What one block of an event stream says. A field that does not count (WHATWG HTML §9.2.6) is absent. */
export interface SseFields {
  /** The payload in bytes, lines joined by LF; `undefined` when the block has no `data` and dispatches nothing. */
  readonly data: Uint8Array | undefined;
  /** `undefined` stands for `message`. */
  readonly event: string | undefined;
  readonly id: string | undefined;
  /** Milliseconds that a client waits before it connects again. */
  readonly retryMs: number | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
/** Longest name of a field that means something. */
const LONGEST_NAME = 'event'.length;

const NOTHING: SseFields = { data: undefined, event: undefined, id: undefined, retryMs: undefined };

/** Reads the fields of one block. `first`: the block begins the stream, where a byte order mark is skipped. */
export function readSseFields(bytes: Buffer, first: boolean): SseFields {
  const data: Buffer[] = [];
  let fields = NOTHING;
  for (let start = first && hasMark(bytes) ? 3 : 0; start < bytes.length; ) {
    const found = lineEnd(bytes, start, bytes.length);
    const end = found === -1 ? bytes.length : found;
    // A line that begins with a colon is a comment.
    if (end > start && bytes[start] !== COLON) fields = withLine(fields, data, bytes, start, end);
    start = bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
  }
  return data.length === 0 ? fields : { ...fields, data: joinLines(data) };
}

/** `fields` with what the line says; a line of data goes to `data`. A line without a colon is a field without a value. */
function withLine(fields: SseFields, data: Buffer[], bytes: Buffer, start: number, end: number): SseFields {
  const name = nameOf(bytes, start, end);
  if (name === undefined) return fields;
  const colon = start + name.length;
  // One space after the colon is not part of the value.
  const from = bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
  const value = bytes.subarray(Math.min(from, end), end);
  if (name !== 'data') return withText(fields, name, value);
  data.push(value);
  return fields;
}

function nameOf(bytes: Buffer, start: number, end: number): string | undefined {
  const stop = Math.min(start + LONGEST_NAME + 1, end);
  let colon = start;
  while (colon < stop && bytes[colon] !== COLON) colon += 1;
  return colon < end && bytes[colon] !== COLON ? undefined : bytes.toString('latin1', start, colon);
}

function withText(fields: SseFields, name: string, value: Buffer): SseFields {
  switch (name) {
    case 'event':
      return { ...fields, event: value.toString('utf8') || undefined };
    case 'id':
      return value.includes(0) ? fields : { ...fields, id: value.toString('utf8') };
    case 'retry': {
      const text = value.toString('latin1');
      return /^\d{1,15}$/.test(text) ? { ...fields, retryMs: Number(text) } : fields;
    }
    default:
      return fields;
  }
}

function joinLines(lines: readonly Buffer[]): Uint8Array {
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return only;
  const joined = Buffer.allocUnsafeSlow(lines.reduce((sum, { length }) => sum + length + 1, -1));
  let at = 0;
  for (const line of lines) {
    if (at > 0) joined[at - 1] = LF;
    at += line.copy(joined, at) + 1;
  }
  return joined;
}

function hasMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
