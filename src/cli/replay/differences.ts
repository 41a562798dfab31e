import { canonicalJson } from '../../kit/canonical-json.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { stepsOf, pointerStep } from '../../kit/json-pointer.ts';
import { OMITTED } from '../../vault/omit-values.ts';
import type { KnownArguments } from './replayed-call.ts';

/** A place in the arguments where two calls are not the same. `undefined` is what is not there. */
export interface Difference {
  /** JSON Pointer (RFC 6901); of all arguments, the empty one. */
  readonly pointer: string;
  readonly recorded: JsonValue | undefined;
  readonly called: JsonValue | undefined;
}

/** Stands for arguments of which only a digest is recorded. */
const DIGEST_ONLY = '(only a digest is recorded)';

/** The places where arguments are not those that were recorded, as deep as they can be named; none where they are the same. */
export function* differences(known: KnownArguments, args: JsonObject): Generator<Difference> {
  if (known.kind === 'value') yield* between(known.value, args, '', known.omitted);
  if (known.kind !== 'digest' || known.sha256 === sha256Hex(canonicalJson(args))) return;
  let named = false;
  for (const [pointer, recorded] of known.values)
    for (const difference of between(recorded, valueAt(args, pointer), pointer, false)) {
      named = true;
      yield difference;
    }
  if (!named) yield { pointer: '', recorded: DIGEST_ONLY, called: args };
}

type Maybe = JsonValue | undefined;

function* between(recorded: Maybe, called: Maybe, pointer: string, omitted: boolean): Generator<Difference> {
  // What stood there was not kept: anything may stand there now.
  if (omitted && recorded === OMITTED && called !== undefined) return;
  if (isJsonObject(recorded) && isJsonObject(called)) {
    for (const name of new Set([...recorded.keys(), ...called.keys()]))
      yield* between(recorded.get(name), called.get(name), `${pointer}/${pointerStep(name)}`, omitted);
  } else if (isJsonArray(recorded) && isJsonArray(called)) {
    for (let index = 0; index < Math.max(recorded.length, called.length); index += 1)
      yield* between(recorded[index], called[index], `${pointer}/${index}`, omitted);
  } else if (recorded !== called) yield { pointer, recorded, called };
}

function valueAt(args: JsonObject, pointer: string): Maybe {
  let value: Maybe = args;
  for (const step of stepsOf(pointer))
    value = isJsonObject(value) ? value.get(step) : isJsonArray(value) ? value[Number(step)] : undefined;
  return value;
}
