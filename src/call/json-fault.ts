import type { ReasonCode } from './reason.ts';

/** Thrown inside the strict reader where the text stops being acceptable; `parseJson()` turns it into a value. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly reason: ReasonCode;
  /** Where in the text, in UTF-16 code units. */
  readonly at: number;

  constructor(reason: ReasonCode, at: number) {
    super(reason);
    this.reason = reason;
    this.at = at;
  }
}
