import { pointerStep } from '../kit/json-pointer.ts';

/** Pointers longer than this are cut: the names in them were written by the caller. In UTF-16 code units. */
const MAX_POINTER_LENGTH = 512;

/** An RFC 6901 JSON Pointer of `steps`, cut at 512 characters. */
export function pointerOf(...steps: readonly (string | number)[]): string {
  return clipPointer(steps.map((step) => `/${pointerStep(step)}`).join(''));
}

/** `pointer` cut at 512 characters. */
export function clipPointer(pointer: string): string {
  return pointer.length > MAX_POINTER_LENGTH ? `${pointer.slice(0, MAX_POINTER_LENGTH - 1)}…` : pointer;
}
