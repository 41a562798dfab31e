import type { JsonValue } from '../../kit/json.ts';
import { isUnder, parseRoot } from '../path/is-under.ts';
import { type ParsedPath, parsePath } from '../path/parse-path.ts';
import type { Violation } from '../violation.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withHint, withPattern } from './tighten.ts';

/**
 * `{c: path_under, root}`: a POSIX path that is `root` or lies under it, written so that it can be read in one way only.
 *
 * `root` is absolute, or relative for tools that take relative paths (`.` for any). Symbolic links are the tool's matter: a
 * name does not show where it leads.
 */
export const pathUnder: ConstraintKind = {
  members: ['root'],
  compile(spec) {
    const { text, root } = readRoot(spec);
    const allowed = `a path under ${text}, written without "..", "." or empty segments`;
    return {
      check: (value) => checkPath(value, root, allowed),
      narrow: (schema) => withHint(withPattern(schema, prefixPattern(root)), allowed),
    };
  },
};

function readRoot(spec: Spec): { text: string; root: ParsedPath } {
  const text = spec.text('root');
  if (text === undefined) throw spec.error('root', 'path_under needs the path root');
  const root = parseRoot(text);
  if (root.kind === 'path') return { text, root };
  throw spec.error('root', `must be a path without ${root.without}`, 'Write it as /a/b, without a slash at the end.');
}

function checkPath(value: JsonValue, root: ParsedPath, allowed: string): Violation | undefined {
  if (typeof value !== 'string' || value === '') return violation(`must be ${allowed}`, allowed);
  const path = parsePath(value);
  if (path.kind === 'ambiguous') return violation(`must be a path without ${path.without}`, allowed);
  return isUnder(path, root) ? undefined : violation(`must be ${allowed}`, allowed);
}

/** What each accepted path matches; the constraint itself refuses more. */
function prefixPattern({ absolute, segments }: ParsedPath): string {
  if (segments.length === 0) return absolute ? '^/' : '^[^/]';
  const escaped = segments.map((segment) =>
    segment.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (char) => (char === '-' ? char : `\\${char}`)),
  );
  return `^${absolute ? '/' : ''}${escaped.join('/')}(/|$)`;
}
