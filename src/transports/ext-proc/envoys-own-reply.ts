import type { ReasonCode } from '../../call/reason.ts';
import { deny } from '../../decision/verdict.ts';
import { type BadEnding, upstreamFailed } from '../reply/bad-ending.ts';

/** What Envoy says of a reply that it passes on, in `response.code_details`. */
const VIA_UPSTREAM = 'via_upstream';

/** Whether Envoy made this reply itself, by its own word. A reply of which it says nothing is taken for the tool server's. */
export function isEnvoysOwn(codeDetails: string | undefined): codeDetails is string {
  return codeDetails !== undefined && codeDetails !== '' && codeDetails !== VIA_UPSTREAM;
}

/** What it means that Envoy answers an allowed call itself. */
export function upstreamFailure(codeDetails: string): BadEnding {
  const detail = `Envoy: ${codeDetails.slice(0, 200)}`;
  // It has no connection to spare, so the tool server never saw the call.
  if (codeDetails.includes('overflow')) {
    return { refusal: deny('admit', 'overload.busy', {}, detail), outcome: 'undelivered' };
  }
  return upstreamFailed(reasonOf(codeDetails), new Error(detail));
}

function reasonOf(codeDetails: string): ReasonCode {
  return codeDetails.includes('timeout') ? 'upstream.timeout' : 'upstream.unreachable';
}
