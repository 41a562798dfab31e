import { pointerStep } from '../kit/json-pointer.ts';

/** A grant in a token (or one about to be minted) that cannot be read: the token is refused, nothing in it is skipped. */
export class GrantError extends Error {
  override readonly name = 'GrantError';
  /** RFC 6901 pointer into the claims. */
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** `pointer` one step further, escaped as RFC 6901 §3 says. */
export function pointerTo(pointer: string, step: string | number): string {
  return `${pointer}/${pointerStep(step)}`;
}
