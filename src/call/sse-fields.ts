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

/** Reads the fields of one block. `first`: the block begins the stream, where a byte order mark is skipped. */
export function readSseFields(block: Uint8Array, first: boolean): SseFields {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const data: Buffer[] = [];
  const texts = new Map<string, string>();
  for (const { name, value } of fieldsOf(bytes, first && hasMark(bytes) ? 3 : 0)) {
    if (name === 'data') data.push(value);
    else if (isText(name, value)) texts.set(name, value.toString('utf8'));
  }
  const retry = texts.get('retry');
  return {
    data: data.length === 0 ? undefined : joinLines(data),
    event: texts.get('event') || undefined,
    id: texts.get('id'),
    retryMs: retry === undefined ? undefined : Number(retry),
  };
}

interface Field {
  readonly name: string;
  readonly value: Buffer;
}

function* fieldsOf(bytes: Buffer, from: number): Generator<Field> {
  for (let start = from; start < bytes.length; ) {
    const end = lineEnd(bytes, start);
    if (end > start && bytes[start] !== COLON) yield fieldOf(bytes.subarray(start, end));
    start = bytes[end] === CR && bytes[end + 1] === LF ? end + 2 : end + 1;
  }
}

/** One space after the colon is not part of the value; a line without a colon is a field without a value. */
function fieldOf(line: Buffer): Field {
  const colon = line.indexOf(COLON);
  if (colon === -1) return { name: line.toString('utf8'), value: line.subarray(line.length) };
  const from = line[colon + 1] === SPACE ? colon + 2 : colon + 1;
  return { name: line.toString('utf8', 0, colon), value: line.subarray(from) };
}

function lineEnd(bytes: Buffer, start: number): number {
  const lf = bytes.indexOf(LF, start);
  const line = bytes.subarray(start, lf === -1 ? bytes.length : lf);
  const cr = line.indexOf(CR);
  return start + (cr === -1 ? line.length : cr);
}

function isText(name: string, value: Buffer): boolean {
  switch (name) {
    case 'event':
      return true;
    case 'id':
      return !value.includes(0);
    case 'retry':
      return /^\d{1,15}$/.test(value.toString('latin1'));
    default:
      return false;
  }
}

function joinLines(lines: readonly Buffer[]): Uint8Array {
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return only;
  const newline = Buffer.of(LF);
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [newline, line])));
}

function hasMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
