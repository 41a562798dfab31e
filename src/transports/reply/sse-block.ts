import type { SseEvent } from '../../call/sse.ts';
import { writeSseEvent } from '../../call/write-sse-event.ts';

const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from('data:');

/** Longest line other than `data` that passes as it came. */
const MAX_LINE_BYTES = 1024;

/**
 * What some client takes for the end of a line besides CR and LF: VT, FF, FS, GS, RS, NEL, LS and PS (Python's
 * `str.splitlines`), and NUL.
 */
const BREAKS: readonly Buffer[] = ['\0', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029'].map((text) =>
  Buffer.from(text),
);

/**
 * The bytes of a block that was judged, as they may go out: byte for byte when every client reads in it what was judged, else
 * written anew.
 *
 * A client may take other characters for line ends, or strip what it takes for a byte order mark: `eventsource-parser` strips
 * U+00EF U+00BB U+00BF from its first chunk, which uncovers a `data` line that nobody judged. So each line must be exactly a
 * field of WHATWG HTML §9.2.6 or a comment, in plain ASCII outside `data`, ended by LF or CR LF.
 *
 * @param data The payload to send instead of the block's own.
 */
export function safeBlock(event: SseEvent, data: Uint8Array | undefined = event.data): Uint8Array {
  return data === event.data && isPlain(event.raw) ? event.raw : writeBlock(event, data);
}

/** Whether a client gets this id, so that it can come back for the rest. */
export function isKept(id: string | undefined): boolean {
  return id !== undefined && id !== '' && isPlainText(id);
}

function isPlain(raw: Uint8Array): boolean {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (BREAKS.some((sequence) => bytes.includes(sequence))) return false;
  for (let start = 0; start < bytes.length; ) {
    const lf = bytes.indexOf(LF, start);
    if (lf === -1) return false;
    const end = lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (!isPlainLine(bytes.subarray(start, end))) return false;
    start = lf + 1;
  }
  return true;
}

function isPlainLine(line: Buffer): boolean {
  if (line.includes(CR)) return false;
  if (line.length === 0 || line.subarray(0, DATA.length).equals(DATA)) return true;
  if (line.length > MAX_LINE_BYTES) return false;
  return /^(?:(?:event|id): ?[\x20-\x7e]*|retry: ?\d{1,15}|:[\x20-\x7e]*)$/.test(line.toString('latin1'));
}

function isPlainText(text: string): boolean {
  return /^[\x20-\x7e]{0,1024}$/.test(text);
}

/** The block with nothing but its fields; a comment when none is left. */
function writeBlock({ event, id, retryMs }: SseEvent, data: Uint8Array | undefined): Uint8Array {
  const fields = {
    ...(event !== undefined && isPlainText(event) ? { event } : {}),
    ...(id !== undefined && isPlainText(id) ? { id } : {}),
    ...(retryMs === undefined ? {} : { retryMs }),
  };
  if (data !== undefined) return writeSseEvent({ ...fields, data: escapeBreaks(data) });
  const lines = [
    ...('event' in fields ? [`event: ${fields.event}\n`] : []),
    ...('id' in fields ? [`id: ${fields.id}\n`] : []),
    ...('retryMs' in fields ? [`retry: ${fields.retryMs}\n`] : []),
  ];
  return Buffer.from(lines.length === 0 ? ':\n\n' : `${lines.join('')}\n`);
}

/** In a JSON text these stand in strings only, where an escape means the same. */
function escapeBreaks(data: Uint8Array): string {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  return text.replaceAll(/[\u0085\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
