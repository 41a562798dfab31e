import { RE2JS } from 're2js';
import { Work } from './work.ts';

/** Longest pattern, in UTF-16 code units. */
const MAX_PATTERN_LENGTH = 2_048;
/** Largest compiled program, in RE2 instructions: `[a-z]{1,1000}` has about 2 000. */
const MAX_PROGRAM_SIZE = 5_000;
/** Work of one test, of one code unit of text, and of a step that the automaton has not made before. */
const UNITS = { test: 15, codeUnit: 3, newStep: 100, instruction: 30, characterClass: 1 } as const;

/** A compiled pattern. Takes time linear in the text, whatever the pattern, and no more than `work` allows. */
export interface Re2 {
  readonly pattern: string;
  /** Instructions of the compiled program: what compiling costs. */
  readonly size: number;
  /** Whether `pattern` matches somewhere in `text`. @throws CannotTellError when that takes too much work. */
  test(text: string, work?: Work): boolean;
  /** Whether `pattern` matches all of `text`. @throws CannotTellError when that takes too much work. */
  testWhole(text: string, work?: Work): boolean;
}

/** A pattern that RE2 cannot compile: look-around, back-references, bad syntax, too large. */
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
  const within = boundSteps(program);
  const run = (text: string, work: Work, test: () => boolean): boolean => {
    work.spend(UNITS.test + UNITS.codeUnit * text.length);
    return within(work, test);
  };
  return {
    pattern,
    size,
    test: (text, work = new Work()) => run(text, work, () => program.test(text)),
    testWhole: (text, work = new Work()) => run(text, work, () => program.testExact(text)),
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

/**
 * Counts the work of new steps while a test runs.
 *
 * The library makes its automaton while it reads: a step that was made is a table look-up ever after, a new one costs
 * some 300 ns for each instruction of its state, and a hostile text makes a new one at each character. `makeState` is
 * where the library makes one. With these units a test ends before the automaton's memory (8 MB) is used up twice, where
 * the library would go on with a slower machine. A pattern without choices (one-pass) has no automaton.
 */
function boundSteps(program: RE2JS): (work: Work, test: () => boolean) => boolean {
  const compiled = program.re2();
  if (compiled.onepass !== null) return (_work, test) => test();
  const { dfa } = compiled;
  const makeState: (...state: readonly unknown[]) => unknown = dfa.makeState.bind(dfa);
  return (work, test) => {
    dfa.makeState = (pcs: ArrayLike<number>, ...rest: readonly unknown[]) => {
      work.spend(UNITS.newStep + UNITS.instruction * pcs.length + UNITS.characterClass * dfa.numClasses);
      return makeState(pcs, ...rest);
    };
    return test();
  };
}
