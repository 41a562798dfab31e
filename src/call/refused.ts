import type { ReasonCode } from './reason.ts';

/** A step of reading that stops: why, and where it was found in words of this program (never the input's own). */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: ReasonCode;
  /** The header or member at fault, such as `mcp-name` or `params.uri`. */
  readonly detail?: string;
}

/** A refusal for `reason`; `detail` names the header or member at fault. */
export function refused(reason: ReasonCode, detail?: string): Refused {
  return detail === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, detail };
}
