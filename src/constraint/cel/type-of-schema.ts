import type { JsonObject } from '../../kit/json.ts';
import { type CelType, DYN } from './type.ts';

/** The static type of the values that `schema` accepts. */
export function celTypeOfSchema(_schema: JsonObject): CelType {
  return DYN;
}
