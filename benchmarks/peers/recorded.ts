import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BodyName } from './peer-project.ts';

/**
 * What Envoy sent for each kind of request, and what it was answered, recorded once with `record.ts`. What differs from call to
 * call is blanked by characters of the same number: token, decision id, hold.
 */
export interface Recorded {
  /** Version of Envoy. */
  readonly envoy: string;
  /** Request headers of its gRPC calls. */
  readonly metadata: Readonly<Record<string, string>>;
  /** CheckRequest of each request. */
  readonly checks: Readonly<Record<BodyName, Buffer>>;
  /** The messages of the ext_proc stream for the reply to `list`, in order. */
  readonly process: readonly Buffer[];
  /** Access log entry of each request, and `first`: one as a stream begins with. */
  readonly logs: Readonly<Record<BodyName | 'first', Buffer>>;
  /** What Sallyport answers to a call that it allows: to Check, and to each message of ext_proc in the wiring `inspect`. */
  readonly answers: { readonly check: Buffer; readonly process: readonly Buffer[] };
}

/** Characters that stand for what was blanked. */
export const BLANK = { token: 'T', hold: 'H', decisionId: '00000000-0000-7000-8000-000000000000' } as const;

const FILE = new URL('recorded.json', import.meta.url);

/** Reads the recording. */
export async function readRecorded(): Promise<Recorded> {
  return JSON.parse(await readFile(FILE, 'utf8'), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(PREFIX)
      ? gunzipSync(Buffer.from(value.slice(PREFIX.length), 'base64'))
      : value,
  ) as Recorded;
}

const PREFIX = 'gzip:';

/** The recording as text of its file. */
export function recordedText(recorded: Recorded): string {
  const packed = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return PREFIX + gzipSync(value, { level: 9 }).toString('base64');
    if (Array.isArray(value)) return value.map(packed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, packed(member)]));
  };
  return `${JSON.stringify(packed(recorded), undefined, 2)}\n`;
}

/** A message in which something that was blanked can be filled in. */
export class Template {
  readonly #bytes: Buffer;
  readonly #blanks: ReadonlyMap<string, readonly number[]>;

  /** `blanks`: the texts that stand for something. One of them may be there several times, or not at all. */
  constructor(bytes: Buffer, blanks: readonly string[]) {
    this.#bytes = bytes;
    this.#blanks = new Map(blanks.map((blank) => [blank, placesOf(bytes, blank)]));
  }

  /** A copy with `fill` in place of `blank`. @throws when they are not of one length. */
  filled(blank: string, fill: string): Buffer {
    if (blank.length !== fill.length) throw new Error(`${fill.length} characters for ${blank.length}: record anew`);
    const copy = Buffer.from(this.#bytes);
    for (const place of this.#blanks.get(blank) ?? []) copy.write(fill, place, 'latin1');
    return copy;
  }
}

function placesOf(bytes: Buffer, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) places.push(at);
  return places;
}

/** The run of blanks in a message, such as all the `T` of a token; `''`: there is none. */
export function runOf(bytes: Buffer, character: string): string {
  const found = new RegExp(`${character}{32,}`).exec(bytes.toString('latin1'));
  return found?.[0] ?? '';
}
