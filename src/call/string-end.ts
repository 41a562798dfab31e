const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What may stand behind the last long string of a text, in units, and as a share of the text. */
const MIN_WINDOW = 256;
const MAX_WINDOW = 4096;
const SHARE = 128;

/** Whether an odd number of backslashes stands before the quote: an even number escape each other. */
export function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - before) % 2 === 0;
}

/**
 * The first quote that is not escaped, from `from` on and before `to`. `undefined` when there is none.
 *
 * One native search with a look at what is before each quote, linear in the text: pairs of backslashes escape each other.
 */
export function closingQuote(text: string, from: number, to: number): number | undefined {
  const quote = /(?<=[^\\](?:\\\\)*)"/g;
  quote.lastIndex = from;
  return quote.exec(to < text.length ? text.slice(0, to) : text)?.index;
}

/**
 * Where a string that began before `from` probably ends, if it is the last long one of the JSON text: found by going back from
 * the text's end over what is short. `undefined` when that does not lead into a string.
 *
 * Only probably: whoever asks must see to it that no other quote comes before.
 */
export function lastLongEnd(text: string, from: number): number | undefined {
  const share = Math.floor((text.length - from) / SHARE);
  const window = Math.min(Math.max(share, MIN_WINDOW), MAX_WINDOW, text.length - from);
  let end: number | undefined;
  for (let at = text.length - 1; at >= text.length - window; at -= 1) {
    if (text.charCodeAt(at) !== QUOTE || isEscaped(text, at)) continue;
    // Quotes that are not escaped begin and end strings in turns.
    end = end === undefined ? at : undefined;
  }
  return end;
}
