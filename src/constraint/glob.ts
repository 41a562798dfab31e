import { parsePath } from './path/parse-path.ts';

/** One step of a pattern: a character, or what stands for some. */
type Step =
  | { readonly kind: 'char'; readonly char: string }
  /** `?`: one character but `/`. */
  | { readonly kind: 'one' }
  /** `*`: any number of characters but `/`. */
  | { readonly kind: 'name' }
  /** `**`: any number of characters. */
  | { readonly kind: 'any' };

export interface Glob {
  readonly steps: readonly Step[];
  /** The pattern has a slash, so texts are read as paths. */
  readonly isPath: boolean;
}

const MAX_PATTERN_LENGTH = 256;
const MAX_TEXT_LENGTH = 4_096;

/**
 * Compiles a pattern of characters, `?`, `*` and `**`; `*` and `?` stop at slashes.
 *
 * @throws Error for brackets, braces, backslashes and `!` at the start, which other dialects read as something else.
 */
export function compileGlob(pattern: string): Glob {
  if (pattern.length > MAX_PATTERN_LENGTH) throw new Error(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  if (/[[\]{}\\]|^!|\*{3}/.test(pattern))
    throw new Error('has [ ] { } \\ *** or ! at the start, which are not supported');
  const steps = [...pattern.matchAll(/\*\*|[\s\S]/gu)].map(([text]): Step => {
    if (text === '**') return { kind: 'any' };
    if (text === '*') return { kind: 'name' };
    return text === '?' ? { kind: 'one' } : { kind: 'char', char: text };
  });
  return { steps, isPath: pattern.includes('/') };
}

/**
 * Whether the pattern matches all of `text`. Time: steps × characters.
 *
 * @throws Error when the pattern has a slash and `text` is not a path that can be read in one way only, or is too long.
 */
export function matchGlob({ steps, isPath }: Glob, text: string): boolean {
  if (text.length > MAX_TEXT_LENGTH) throw new Error(`a text of more than ${MAX_TEXT_LENGTH} characters`);
  const path = isPath ? parsePath(text) : undefined;
  if (path?.kind === 'ambiguous') throw new Error(`a path with ${path.without}`);
  return new Walk(steps).run(text);
}

/** The places in a pattern that a text can have reached, character by character. */
class Walk {
  readonly #steps: readonly Step[];
  #reached: number[] = [];
  #next: number[] = [];
  /** The round in which a place was last reached, so that it is taken up once a round. */
  readonly #seenIn: Uint32Array;
  #round = 0;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.#seenIn = new Uint32Array(steps.length + 1);
  }

  run(text: string): boolean {
    this.#round = 1;
    this.#reach(0);
    for (const char of text) {
      [this.#reached, this.#next] = [this.#next, this.#reached];
      this.#next.length = 0;
      this.#round++;
      for (const place of this.#reached) this.#advance(place, char);
    }
    return this.#next.includes(this.#steps.length);
  }

  #advance(place: number, char: string): void {
    const step = this.#steps[place];
    if (step === undefined) return;
    if (step.kind === 'char') {
      if (step.char === char) this.#reach(place + 1);
    } else if (step.kind === 'any' || char !== '/') {
      this.#reach(step.kind === 'one' ? place + 1 : place);
    }
  }

  /** Takes up a place, and those behind it that stars standing for nothing lead to. */
  #reach(place: number): void {
    if (this.#seenIn[place] === this.#round) return;
    this.#seenIn[place] = this.#round;
    this.#next.push(place);
    const kind = this.#steps[place]?.kind;
    if (kind === 'any' || kind === 'name') this.#reach(place + 1);
  }
}
