import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import type { ArgumentMasks } from './argument-masks.ts';

/** Most UTF-16 code units that all argument values of one record take. */
const MAX_TOTAL_LENGTH = 32 * 1024;

export interface ArgumentRules {
  /** Longest value that is recorded as such, in UTF-16 code units of its canonical JSON. */
  readonly maxLength: number;
  /** What must not be recorded as it is. Absent: nothing. */
  readonly masks?: ArgumentMasks | undefined;
}

/** Most names that are recorded, and what they look like: others could carry what must not be in a record. */
const MAX_NAMES = 64;
const PLAIN_NAME = /^[\w.-]{1,64}$/;

/**
 * The canonical member `argument_names` with a comma after it: whether a rule finds an argument that it did not expect can be
 * told later. Nothing for a call without arguments, and where there are too many, or one has a name that is not plain.
 */
export function argumentNames(args: JsonObject): string {
  if (args.size === 0 || args.size > MAX_NAMES) return '';
  let names = '';
  for (const name of sorted(args)) {
    if (!PLAIN_NAME.test(name)) return '';
    names += `,"${name}"`;
  }
  return `"argument_names":[${names.slice(1)}],`;
}

function sorted(args: JsonObject): Iterable<string> {
  return args.size === 1 ? args.keys() : [...args.keys()].toSorted();
}

/** The canonical members `arguments` and, where something was left out, `arguments_omitted`, each with a comma after it. */
export function argumentMembers(values: ReadonlyMap<string, JsonValue>, rules: ArgumentRules): string {
  if (values.size === 0) return '';
  let kept = '';
  let omitted = '';
  for (const pointer of [...values.keys()].toSorted()) {
    const value = values.get(pointer) ?? null;
    const name = JSON.stringify(pointer);
    const masked = rules.masks?.omission(pointer, value);
    if (masked !== undefined) {
      omitted += `,${name}:${masked}`;
      continue;
    }
    const text = canonicalJson(value);
    if (text.length <= rules.maxLength && kept.length + text.length <= MAX_TOTAL_LENGTH) kept += `,${name}:${text}`;
    else omitted += `,${name}:${omission(text)}`;
  }
  const members = `"arguments":{${kept.slice(1)}},`;
  return omitted === '' ? members : `${members}"arguments_omitted":{${omitted.slice(1)}},`;
}

function omission(text: string): string {
  return `{"bytes":${Buffer.byteLength(text)},"sha256":"${sha256Hex(text)}","why":"length"}`;
}
