/**
 * Names as a rule's `match` writes them: exact, or with one trailing `*` that stands for any rest.
 *
 * A text that ends in `*` cannot be named exactly; MCP names do not. Comparison is by UTF-16 code units, without
 * normalisation or case folding.
 */
export interface NamePattern {
  /** Names that are written out. */
  readonly literals: ReadonlySet<string>;
  /** What stands before a `*`; empty for `*` alone. */
  readonly prefixes: readonly string[];
}

/** The pattern of one written name or a list of them. Says nothing about whether a name may stand there. */
export function patternOf(written: string | readonly string[]): NamePattern {
  const names = typeof written === 'string' ? [written] : written;
  return {
    literals: new Set(names.filter((name) => !name.endsWith('*'))),
    prefixes: names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1)),
  };
}

/** Whether `name` is one of those named. */
export function isNamed({ literals, prefixes }: NamePattern, name: string): boolean {
  return literals.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Whether the pattern names everything. */
export function isEverything({ prefixes }: NamePattern): boolean {
  return prefixes.includes('');
}

/** Whether some name that begins with `start` could be named: for URI templates. */
export function couldName({ literals, prefixes }: NamePattern, start: string): boolean {
  if (prefixes.some((prefix) => prefix.startsWith(start) || start.startsWith(prefix))) return true;
  for (const literal of literals) if (literal.startsWith(start)) return true;
  return false;
}

/** Whether everything that `narrow` names is named by `wide` too. */
export function covers(wide: NamePattern, narrow: NamePattern): boolean {
  for (const literal of narrow.literals) if (!isNamed(wide, literal)) return false;
  return narrow.prefixes.every((prefix) => wide.prefixes.some((wider) => prefix.startsWith(wider)));
}
