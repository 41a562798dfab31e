import { nearest } from '../../kit/nearest.ts';
import { sayNames } from '../say.ts';
import { CelError } from './cel-error.ts';
import { type CelField, type CelObjectType, type CelType, sayType } from './type.ts';

/**
 * What a member of `holder` is, and whether it is always there.
 *
 * @throws CelError when no value of the type has it; `path` is how the holder reads.
 */
export function memberOf(holder: CelType, field: string, offset: number, path: string | undefined): CelField {
  if (holder.kind === 'map') return { type: holder.value, required: false };
  if (holder.kind !== 'object')
    throw new CelError(offset, `${path ?? 'this'} is ${sayType(holder)} and has no members`);
  const known = holder.fields.get(field);
  if (known !== undefined) return known;
  if (holder.rest !== undefined) return { type: holder.rest, required: false };
  throw unknownMember(holder, field, offset, path);
}

function unknownMember(holder: CelObjectType, field: string, offset: number, path: string | undefined): CelError {
  const message = `${path ?? 'the object'} has no member ${JSON.stringify(field)}`;
  return unknownName(offset, message, field, [...holder.fields.keys()]);
}

/** An error at a name that is not known, with the one that was probably meant. */
export function unknownName(offset: number, message: string, name: string, known: readonly string[]): CelError {
  const meant = nearest(name, known);
  const suggestion =
    meant === undefined ? `Known: ${known.length === 0 ? 'none' : sayNames(known)}.` : `Did you mean ${meant}?`;
  return new CelError(offset, message, suggestion);
}
