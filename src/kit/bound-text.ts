/**
 * Characters that can rewrite what a person sees: controls, line and paragraph separators, bidirectional overrides,
 * zero-width and tag characters, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

/**
 * `text` made fit for logs and records: at most `maxLength` UTF-16 code units of it, invisible and control characters
 * written as `\u{…}`, and the number of cut units said at the end. The result is well-formed Unicode.
 */
export function boundText(text: string, maxLength: number): string {
  const kept = text.length > maxLength ? text.slice(0, maxLength) : text;
  const escaped = kept.replace(UNSAFE, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
  return kept.length === text.length ? escaped : `${escaped}…(+${text.length - kept.length})`;
}
