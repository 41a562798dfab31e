import type { Violation } from './violation.ts';

/**
 * A constraint cannot say of a value whether it accepts it: judging it would take more work than one check may.
 *
 * Neither "accepted" nor "violated". A rule that refuses when its constraints hold must not let such a call pass, so
 * whoever asks answers with a refusal or a fault.
 */
export class CannotTellError extends Error {
  override readonly name = 'CannotTellError';
}

/** For where only accepted values pass: a value that cannot be judged is not accepted. */
export function tooLarge({ message }: CannotTellError): Violation {
  return { pointer: '', message: `cannot be judged: ${message}`, allowed: 'a smaller value' };
}
