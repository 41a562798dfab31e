const MAX_LENGTH = 65_536;
/** Operators, expansions, globs, comments and line ends of POSIX.1 §2.2–2.6 and of bash. */
const SPECIAL = /[|&;<>()$`*?[\]{}#~!^\n\r]/;
/** Words that are syntax when they come first (POSIX.1 §2.4 and bash). */
const RESERVED = new Set(
  'if then else elif fi do done case esac while until for in select function time coproc eval exec source command builtin'.split(
    ' ',
  ),
);

/**
 * The words of a simple command line as a POSIX shell would pass them, quotes taken away (POSIX.1 §2.2).
 *
 * @throws Error for whatever a shell does more with than splitting and unquoting: operators, expansions, substitutions,
 *   globs, comments, assignments before the command, reserved words, unfinished quotes, control characters.
 */
export function shellArgv(text: string): readonly string[] {
  if (text.length > MAX_LENGTH) throw new Error(`a command line of more than ${MAX_LENGTH} characters`);
  if (/[\p{Cc}\p{Cf}]|[^\S ]/u.test(text.replaceAll('\t', ' ')))
    throw new Error('a command line with control characters');
  const words: string[] = [];
  let rest = text.replace(/^[ \t]+/, '');
  while (rest !== '') {
    const { word, length } = readWord(rest);
    words.push(word);
    rest = rest.slice(length).replace(/^[ \t]+/, '');
  }
  checkCommand(words[0]);
  return words;
}

/** The word at the start of `text` and how many characters it takes. */
function readWord(text: string): { word: string; length: number } {
  let word = '';
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === ' ' || char === '\t') break;
    const part = char === "'" ? readSingle(text, at) : char === '"' ? readDouble(text, at) : readBare(text, at);
    word += part.text;
    at = part.end;
  }
  return { word, length: at };
}

interface Part {
  readonly text: string;
  /** Offset behind the part. */
  readonly end: number;
}

function readSingle(text: string, start: number): Part {
  const end = text.indexOf("'", start + 1);
  if (end < 0) throw new Error('a command line with an unfinished quote');
  return { text: text.slice(start + 1, end), end: end + 1 };
}

function readDouble(text: string, start: number): Part {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return { text: value, end: at + 1 };
    if (char === '$' || char === '`' || char === '!') throw new Error('a command line with an expansion');
    const next = text.charAt(at + 1);
    const isEscape = char === '\\' && (next === '"' || next === '\\' || next === '$' || next === '`');
    value += isEscape ? next : char;
    if (isEscape) at++;
  }
  throw new Error('a command line with an unfinished quote');
}

function readBare(text: string, start: number): Part {
  const char = text.charAt(start);
  if (SPECIAL.test(char)) throw new Error(`a command line with ${char === '\n' ? 'a line end' : char}`);
  if (char !== '\\') return { text: char, end: start + 1 };
  const escaped = text.codePointAt(start + 1);
  if (escaped === undefined) throw new Error('a command line that ends in a backslash');
  const next = String.fromCodePoint(escaped);
  return { text: next, end: start + 1 + next.length };
}

function checkCommand(command: string | undefined): void {
  if (command === undefined || command === '') throw new Error('an empty command line');
  if (command.includes('=') || RESERVED.has(command)) throw new Error('a command line that starts with shell syntax');
}
