import type { SseFields } from './sse-fields.ts';

/** What is written as one block; what is absent is left out. */
export interface SseDraft extends Partial<Omit<SseFields, 'data'>> {
  /** The payload in UTF-8. Its line ends separate `data` lines, so they arrive as LF. */
  readonly data: Uint8Array | string;
}

/**
 * The bytes of one block with a `data` field, ended by a blank line.
 *
 * @throws RangeError when `event` or `id` holds a line end or NUL: it would become another field.
 */
export function writeSseEvent({ data, event, id, retryMs }: SseDraft): Uint8Array {
  const head = line('event', event) + line('id', id) + line('retry', retryMs);
  const text = typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  const lines = text.split(/\r\n|\r|\n/).map((part) => `data: ${part}\n`);
  return Buffer.from(`${head}${lines.join('')}\n`);
}

function line(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  const text = String(value);
  if (/[\r\n\0]/.test(text)) throw new RangeError(`a line end in the ${name} of an event`);
  return `${name}: ${text}\n`;
}
