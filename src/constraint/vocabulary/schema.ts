import type { JsonObject } from '../../kit/json.ts';
import { sayValue } from '../say.ts';
import { compileSchema, type SchemaValidator } from '../schema/compile-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { ConstraintError } from '../constraint-error.ts';
import type { ConstraintKind } from './kind.ts';
import type { Spec } from './spec.ts';
import { withAlso, withHint } from './tighten.ts';

/**
 * `{c: schema, schema: {…}}`: a value that this JSON Schema accepts; objects are closed as in pinned schemas.
 *
 * They stay open where a rule refuses what it accepts: one more member must not take a call out of a `deny` rule.
 */
export const schema: ConstraintKind = {
  members: ['schema'],
  compile(spec, _compileNested, objects) {
    const wanted = spec.object('schema');
    const validator = compileWanted(spec, wanted, objects === 'closed');
    const at = spec.at('schema');
    return {
      notes: validator.notes.map(({ pointer, message }) => ({ pointer: at + pointer, message })),
      check: (value) => validator.check(value),
      narrow: (existing) =>
        // Its references and its dialect are its own, so it cannot always stand inside another schema.
        isSelfContained(wanted)
          ? withAlso(existing, wanted)
          : withHint(existing, `a value of the schema ${sayValue(wanted)}`),
    };
  },
};

function compileWanted(spec: Spec, wanted: JsonObject, closed: boolean): SchemaValidator {
  try {
    return compileSchema(wanted, { closed });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new ConstraintError(spec.at('schema') + error.pointer, error.message);
  }
}

/** Whether it reads the same in draft-07 and 2020-12 and names nothing outside itself: one level of common keywords. */
function isSelfContained(wanted: JsonObject): boolean {
  const common = [
    'type',
    'enum',
    'const',
    'minimum',
    'maximum',
    'minLength',
    'maxLength',
    'pattern',
    'description',
    'title',
  ];
  return [...wanted.keys()].every((keyword) => common.includes(keyword));
}
