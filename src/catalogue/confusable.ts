/**
 * Letters that look like Latin ones, by what they look like: the common part of Unicode UTS #39 `confusables.txt`. Not
 * complete: a reported collision is certain, its absence is not.
 */
const LOOKALIKES: readonly (readonly [string, string])[] = [
  ['a', 'аɑαａ'],
  ['b', 'ЬƅЪ'],
  ['c', 'сϲⅽ'],
  ['d', 'ԁⅾɗ'],
  ['e', 'еҽєɛ'],
  ['g', 'ɡցǥ'],
  ['h', 'һհℎ'],
  ['i', 'іıɩιӏⅰ'],
  ['j', 'јϳ'],
  ['k', 'кκⲕ'],
  ['l', 'ⅼǀןاІӀⲓ'],
  ['m', 'мⅿ'],
  ['n', 'ոռпη'],
  ['o', 'оοσօഠ०๐ഃ൦ჿ'],
  ['p', 'рρⲣ'],
  ['q', 'ԛգ'],
  ['r', 'гⲅꭇ'],
  ['s', 'ѕꜱ'],
  ['t', 'тτⲧ'],
  ['u', 'υսцʋ'],
  ['v', 'νѵⅴ'],
  ['w', 'ԝшωա'],
  ['x', 'хχⅹ'],
  ['y', 'уγүყ'],
  ['z', 'ᴢʐ'],
  ['-', '‐‑‒–—−﹣－'],
  ['_', '＿ˍ'],
  ['.', '․﹒．'],
];
const LATIN: ReadonlyMap<string, string> = new Map(
  LOOKALIKES.flatMap(([latin, twins]) => Array.from(twins, (twin) => [twin, latin] as const)),
);

/** Everything that takes no room on a screen. */
const BLANK = /[\p{C}\p{Z}\p{Mn}\u115f\u1160\u3164\uffa0\u2800]/gu;

/**
 * What `name` looks like: two names of the same shape are easily taken for each other.
 *
 * Compatibility forms are folded (NFKC), blanks and accents dropped, look-alikes of Latin letters replaced, `I`, `l`, `|`
 * and `1` made one, `O` and `0` made one, case folded.
 */
export function shapeOf(name: string): string {
  const bare = name.normalize('NFKD').replace(BLANK, '');
  const latin = Array.from(bare, latinFor).join('');
  return latin.replaceAll(/[I|1]/g, 'l').replaceAll('0', 'o').toLowerCase();
}

function latinFor(letter: string): string {
  return LATIN.get(letter) ?? LATIN.get(letter.toLowerCase()) ?? letter;
}

const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/** Whether `name` mixes alphabets whose letters pass for each other's. */
export function mixesScripts(name: string): boolean {
  return SCRIPTS.filter((script) => script.test(name)).length > 1;
}
