import type { Call } from '../call/call.ts';
import type { FieldClasses } from '../call/field-classes.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import type { JsonValue } from '../kit/json.ts';
import type { OmittedArgument } from './record-shape.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** What of a call's arguments is not recorded as it is. */
export interface ArgumentMasks {
  /** Canonical JSON of what stands for the value; `undefined` when it may be recorded. */
  omission(pointer: string, value: JsonValue): string | undefined;
  /** Whether the SHA-256 of all arguments would let one of them be guessed. */
  readonly hidesDigest: boolean;
  /** What stands for it then. */
  readonly keyedDigest: string | undefined;
}

/** The masks of one call. */
export function argumentMasks(
  { args, argsDigest }: Pick<Call, 'args' | 'argsDigest'>,
  classes: FieldClasses,
  pseudonyms?: Pseudonyms,
): ArgumentMasks {
  const hidesDigest = classes.isAmong(args);
  return {
    omission: (pointer, value) => omissionOf(classes, pointer, value, pseudonyms),
    hidesDigest,
    keyedDigest: hidesDigest ? pseudonyms?.ofArguments(argsDigest()) : undefined,
  };
}

function omissionOf(
  classes: FieldClasses,
  pointer: string,
  value: JsonValue,
  pseudonyms?: Pseudonyms,
): string | undefined {
  const found = classes.classAt(pointer, value);
  if (found === undefined) return undefined;
  const pseudonym = found === 'pii' ? pseudonyms?.ofValue(canonicalJson(value)) : undefined;
  const omitted: OmittedArgument = { class: found, ...(pseudonym === undefined ? {} : { pseudonym }), why: 'masked' };
  return JSON.stringify(omitted);
}
