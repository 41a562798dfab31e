/** Random content that can be had again: the same seed gives the same run. */
export interface Random {
  /** An integer, at least 0 and below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
  /** Lower-case letters and digits. */
  word(length?: number): string;
  /** Text of at most `maxLength` characters from all over Unicode, control and invisible ones among them. */
  text(maxLength: number): string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** First and last code points of ranges that readers, logs and terminals treat in ways of their own. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x01, 0x1f],
  [0x7f, 0xff],
  [0x200b, 0x202e],
  [0x3b1, 0x3c9],
  [0x4e00, 0x4eff],
  [0xfff0, 0xfffd],
  [0x1f600, 0x1f64f],
  [0xe0001, 0xe007f],
];

/** Mulberry32: good enough to vary attacks, and fast. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  const pick = <T>(list: readonly T[]): T => {
    const found = list[below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  };
  const word = (length = 4 + below(12)): string =>
    Array.from({ length }, () => LETTERS[below(LETTERS.length)]).join('');
  return {
    below,
    pick,
    word,
    chance: (probability) => next() / 2 ** 32 < probability,
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let at = 0; at < length; at++) bytes[at] = next();
      return bytes;
    },
    text(maxLength) {
      const points = Array.from({ length: below(maxLength) + 1 }, () => {
        const [first, last] = pick(RANGES);
        return first + below(last - first + 1);
      });
      return String.fromCodePoint(...points);
    },
  };
}
