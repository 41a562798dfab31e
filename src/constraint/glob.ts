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
  if (/[[\]{}\\]|^!|\*{3}/.test(pattern)) throw new Error('has [ ] { } \\ *** or ! at the start, which are not supported');
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
  let reached = withSkipped(steps, new Set([0]));
  for (const char of text) reached = withSkipped(steps, advance(steps, reached, char));
  return reached.has(steps.length);
}

/** The places in the pattern after one more character. */
function advance(steps: readonly Step[], reached: ReadonlySet<number>, char: string): Set<number> {
  const next = new Set<number>();
  for (const place of reached) {
    const step = steps[place];
    if (step === undefined) continue;
    if (step.kind === 'any' || (step.kind === 'name' && char !== '/')) next.add(place);
    if ((step.kind === 'one' && char !== '/') || (step.kind === 'char' && step.char === char)) next.add(place + 1);
  }
  return next;
}

/** Stars can stand for nothing. */
function withSkipped(steps: readonly Step[], reached: Set<number>): Set<number> {
  for (const place of reached) {
    const kind = steps[place]?.kind;
    if (kind === 'any' || kind === 'name') reached.add(place + 1);
  }
  return reached;
}
