/** What stands at `path` in a document of any shape; `undefined` when nothing does. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((at: unknown, name) => new Map(entriesOf(at)).get(name), value);
}

/** The text at `path`; `undefined` when something else stands there, or nothing. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The members of an object; none of anything else. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** The items of a list; none of anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
