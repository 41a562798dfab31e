import { boundText } from '../kit/bound-text.ts';

/**
 * Characters that a reader does not see, or that move what he sees: format characters (zero-width, bidirectional, tags),
 * controls, private use, blank letters and symbols, variation selectors.
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Variation_Selector}\u115f\u1160\u3164\uffa0\u2800]/gu;

/** White space that is harmless in running text. */
const LAYOUT = /[\t\n\r]/;

/** An emoji: its joiners and variation selectors are what they seem. */
const EMOJI_SEQUENCE = /\p{Extended_Pictographic}(?:\ufe0f|\u200d\ufe0f?\p{Extended_Pictographic})*/gu;

/** The hidden characters in `text`, in order; not those that only join an emoji, nor line breaks and tabs. */
export function hiddenCharacters(text: string): readonly string[] {
  if (isPlain(text)) return [];
  const found = text.replace(EMOJI_SEQUENCE, '').match(HIDDEN) ?? [];
  return found.filter((character) => !LAYOUT.test(character));
}

/**
 * `text` for a person's eyes: at most `maxLength` UTF-16 code units of it, every hidden character written as `\u{…}`.
 * Hostile text cannot move the cursor, change colours or end the line.
 */
export function visibleText(text: string, maxLength: number): string {
  return boundText(text, maxLength).replace(HIDDEN, escape);
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function isPlain(text: string): boolean {
  return /^[\t\n\r\x20-\x7e]*$/.test(text);
}
