import { RE2JS } from 're2js';

/** Longest pattern, in UTF-16 code units. */
const MAX_PATTERN_LENGTH = 2_048;
/** Largest compiled program, in RE2 instructions: `[a-z]{1,1000}` has about 2 000. */
const MAX_PROGRAM_SIZE = 5_000;
/**
 * Most work for one test: instructions × code units of text. RE2 takes time in proportion to it at worst; this much is
 * about 10 ms.
 */
const MAX_WORK = 40_000_000;

/** A compiled pattern. Takes time linear in the text, whatever the pattern. */
export interface Re2 {
  readonly pattern: string;
  /** Instructions of the compiled program: what compiling and matching cost. */
  readonly size: number;
  /** Whether `pattern` matches somewhere in `text`. @throws Re2Error when the text is too long for this pattern. */
  test(text: string): boolean;
  /** Whether `pattern` matches all of `text`. @throws Re2Error when the text is too long for this pattern. */
  testWhole(text: string): boolean;
}

/** A pattern that RE2 cannot compile (look-around, back-references, bad syntax, too large) or a text too long for it. */
export class Re2Error extends Error {
  override readonly name = 'Re2Error';
}

/**
 * Compiles a pattern in RE2 syntax (https://github.com/google/re2/wiki/Syntax).
 *
 * Where RE2 and ECMAScript differ, RE2 holds: `\s` and `\d` are ASCII, `.` is anything but `\n`, `$` is the end of the text.
 *
 * @throws Re2Error with what is wrong.
 */
export function compileRe2(pattern: string): Re2 {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new Re2Error(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  const program = compileProgram(pattern);
  const size = program.programSize();
  if (size > MAX_PROGRAM_SIZE) throw new Re2Error('the pattern is too large: use smaller repeat counts');
  const maxLength = Math.floor(MAX_WORK / size);
  const guard = (text: string): string => {
    if (text.length > maxLength) throw new Re2Error(`the text is longer than ${maxLength} characters`);
    return text;
  };
  return {
    pattern,
    size,
    test: (text) => program.test(guard(text)),
    testWhole: (text) => program.testExact(guard(text)),
  };
}

/**
 * Compiles a pattern that was written for ECMA-262, as those in JSON Schemas are: `\u0041`, `[^]` and `(?<name>…)` are put
 * into RE2 words first.
 *
 * @throws Re2Error when RE2 has no words for it.
 */
export function compileEcmaPattern(pattern: string): Re2 {
  return { ...compileRe2(RE2JS.translateRegExp(pattern)), pattern };
}

function compileProgram(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const because = error instanceof Error ? error.message : 'it cannot be compiled';
    throw new Re2Error(because.replace(/^error parsing regexp: /, ''));
  }
}
