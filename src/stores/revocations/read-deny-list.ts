/** Largest deny list, bytes. */
export const MAX_DENY_LIST_BYTES = 16 * 1024 * 1024;
const MAX_ID = 512;

/**
 * The token ids in a deny list: one a line (empty lines and lines that begin with `#` do not count), or a JSON array of
 * strings.
 *
 * @throws when any part of it cannot be read: an entry that is skipped would be a token that is not revoked.
 */
export function readDenyList(bytes: Uint8Array): ReadonlySet<string> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const ids = text.trimStart().startsWith('[') ? idsOfJson(text) : idsOfLines(text);
  const wrong = ids.findIndex((id) => id === '' || id.length > MAX_ID);
  if (wrong !== -1) throw new Error(`entry ${wrong + 1} is not 1 to ${MAX_ID} characters long`);
  return new Set(ids);
}

function idsOfJson(text: string): readonly string[] {
  const value: unknown = JSON.parse(text);
  const strings = Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
  if (!Array.isArray(value) || strings.length !== value.length) throw new Error('not a JSON array of strings');
  return strings;
}

function idsOfLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
