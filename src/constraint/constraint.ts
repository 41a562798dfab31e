import { isJsonObject, type JsonValue } from '../kit/json.ts';
import { nearest } from '../kit/nearest.ts';
import { ConstraintError } from './constraint-error.ts';
import { sayType } from './say.ts';
import { all } from './vocabulary/all.ts';
import { any } from './vocabulary/any.ts';
import { cel } from './vocabulary/cel.ts';
import { cidr } from './vocabulary/cidr.ts';
import { contains } from './vocabulary/contains.ts';
import { exact } from './vocabulary/exact.ts';
import type { CompileNested, Constraint, ConstraintKind } from './vocabulary/kind.ts';
import { len } from './vocabulary/len.ts';
import { notOneOf } from './vocabulary/not-one-of.ts';
import { oneOf } from './vocabulary/one-of.ts';
import { pathUnder } from './vocabulary/path-under.ts';
import { range } from './vocabulary/range.ts';
import { re2 } from './vocabulary/re2.ts';
import { schema } from './vocabulary/schema.ts';
import { Spec } from './vocabulary/spec.ts';
import { subset } from './vocabulary/subset.ts';
import { url } from './vocabulary/url.ts';
import { wildcard } from './vocabulary/wildcard.ts';

export type { Constraint } from './vocabulary/kind.ts';
export type { Violation } from './violation.ts';
export { ConstraintError } from './constraint-error.ts';

/** The vocabulary: what `c` can be, in tokens and in policies alike. */
const VOCABULARY: ReadonlyMap<string, ConstraintKind> = new Map(
  Object.entries({
    exact,
    one_of: oneOf,
    not_one_of: notOneOf,
    range,
    len,
    contains,
    subset,
    wildcard,
    all,
    any,
    path_under: pathUnder,
    url,
    cidr,
    re2,
    schema,
    cel,
  }),
);

/** `all` and `any` nest no deeper than this. */
const MAX_NESTING = 8;

/**
 * Compiles one constraint, such as `{c: range, max: 100}`.
 *
 * @param objects How schemas in it read objects that do not say whether they are open: `closed` where the constraint must
 *   accept only what it is sure of, `open` where what it accepts is refused.
 * @throws ConstraintError for what is not exactly one.
 */
export function compileConstraint(spec: JsonValue, objects: 'closed' | 'open' = 'closed'): Constraint {
  return compileAt(spec, '', 0, objects);
}

function compileAt(spec: JsonValue, pointer: string, depth: number, objects: 'closed' | 'open'): Constraint {
  if (!isJsonObject(spec)) throw new ConstraintError(pointer, `a constraint is an object with c, not ${sayType(spec)}`);
  if (depth > MAX_NESTING) throw new ConstraintError(pointer, `constraints nest at most ${MAX_NESTING} deep`);
  const kind = kindOf(spec.get('c'), pointer);
  const compileNested: CompileNested = (nested, at) => compileAt(nested, at, depth + 1, objects);
  return kind.compile(new Spec(spec, pointer, kind.members), compileNested, objects);
}

function kindOf(word: JsonValue | undefined, pointer: string): ConstraintKind {
  if (typeof word !== 'string') throw new ConstraintError(`${pointer}/c`, 'must name the constraint', sayVocabulary());
  const kind = VOCABULARY.get(word);
  if (kind !== undefined) return kind;
  const meant = nearest(word, VOCABULARY.keys());
  const suggestion = meant === undefined ? sayVocabulary() : `Did you mean ${JSON.stringify(meant)}?`;
  throw new ConstraintError(`${pointer}/c`, 'unknown constraint', suggestion);
}

function sayVocabulary(): string {
  return `Known constraints: ${[...VOCABULARY.keys()].join(', ')}.`;
}
