import type { ClassedField, FieldClass, FieldPath } from '../call/field-classes.ts';
import { isSecretName } from '../call/secret-name.ts';
import { pointerStep } from '../kit/json-pointer.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { type SchemaField, type SchemaFields, schemaFields } from './schema-fields.ts';

/** Ends of names that hold what belongs to a person, without case and separators. */
const PERSONAL =
  /(?:e?mail|emails|e?mailaddress|phone|phonenumber|mobile|fax|firstname|lastname|fullname|surname|givenname|familyname|birthdate|dateofbirth|birthday|dob|ssn|socialsecuritynumber|passportnumber|nationalid|taxid|iban|bic|creditcard|cardnumber|accountnumber|streetaddress|homeaddress|postaladdress|street|zipcode|postcode|postalcode|ipaddress)\d*$/;
const PERSONAL_FORMATS: ReadonlySet<unknown> = new Set(['email', 'idn-email']);

/**
 * The arguments that are secret although nobody says so: by `format: password`, by `writeOnly`, or by their names. A pin says
 * otherwise with `plain`.
 */
export function secretFields({ fields }: SchemaFields): readonly ClassedField[] {
  return fields.filter(isSecret).map(({ path }) => ({ path, class: 'secret' }));
}

/** A first guess at what is not plain, by JSON Pointer, for an operator to correct. Nothing is guessed below what is guessed. */
export function guessClasses(definition: JsonObject): ReadonlyMap<string, FieldClass> {
  const schema = definition.get('inputSchema');
  if (!isJsonObject(schema)) return new Map();
  const guessed = new Map<string, FieldClass>();
  for (const field of schemaFields(schema).fields) {
    const pointer = pointerTo(field.path);
    if (isSecret(field)) guessed.set(pointer, 'secret');
    else if (isPersonal(field) && !guessed.has(pointer)) guessed.set(pointer, 'pii');
  }
  return guessed;
}

/** The JSON Pointer of a path, `*` as it is. */
export function pointerTo(path: FieldPath): string {
  return path.map((step) => `/${pointerStep(step)}`).join('');
}

function isSecret({ path, schema }: SchemaField): boolean {
  if (schema.get('format') === 'password' || schema.get('writeOnly') === true) return true;
  // Whether there is one is no secret.
  return isSecretName(path.at(-1) ?? '') && schema.get('type') !== 'boolean';
}

function isPersonal({ path, schema }: SchemaField): boolean {
  if (PERSONAL_FORMATS.has(schema.get('format'))) return true;
  const name = (path.at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return PERSONAL.test(name) && schema.get('type') !== 'boolean';
}
