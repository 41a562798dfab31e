import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/** One import in a source file: of another of our files (path from `src/`), or of a package. */
export interface Import {
  /** The file that imports, from `src/`. */
  readonly from: string;
  readonly to: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'package'; readonly name: string };
}

/** A source file that is no test. */
export interface SourceFile {
  /** Path from `src/`, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every source file below `root`, tests and their fixtures left out. */
export function sourceFiles(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(ts|mjs)$/.test(path) && !/\.(test|fixture)\.ts$/.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/**
 * What a file imports: `import`, `import type`, `export … from`, and `import()` of a literal.
 *
 * @throws when the file cannot be parsed, or imports what is not a literal: it could not be checked.
 */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  const { module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const named = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value)),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => literal(path, text.slice(start, end))),
  ].filter((name) => name !== undefined);
  return [...new Set(named)].map((name) => ({ from: path, to: targetOf(path, name) }));
}

function literal(path: string, text: string): string {
  const found = /^(['"])([^'"\\]+)\1$/.exec(text)?.[2];
  if (found === undefined) throw new Error(`${path}: import(${text}) is not a literal`);
  return found;
}

function targetOf(from: string, name: string): Import['to'] {
  if (name.startsWith('.')) return { kind: 'file', path: posix.join(dirname(from), name) };
  const parts = name.split('/');
  return { kind: 'package', name: name.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? name) };
}
