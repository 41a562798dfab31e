import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every byte of every file below `directory`, by path; sockets and the like are left out. */
export function filesBelow(directory: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path, readFileSync(path)]));
}

/** The forms in which a text could be found again: itself, encodings of it, its beginning, and digests that can be guessed at. */
export function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const digests = [text, JSON.stringify(text)].flatMap((each) =>
    (['hex', 'base64url'] as const).map((form) => createHash('sha256').update(each).digest(form)),
  );
  const encoded = [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(text)];
  return [text, text.slice(0, 10), ...encoded, ...digests];
}

/** Where one of the texts can be found again, as `place: text`. */
export function tracesOf(texts: readonly string[], places: ReadonlyMap<string, string | Buffer>): readonly string[] {
  const forms = texts.flatMap((text) => formsOf(text).map((form) => ({ text, form })));
  return [...places].flatMap(([place, content]) =>
    forms.filter(({ form }) => content.includes(form)).map(({ text }) => `${place}: ${text}`),
  );
}
