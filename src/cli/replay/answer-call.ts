import { ProtocolError } from '@modelcontextprotocol/server';
import { fromPlain, isJsonObject, EMPTY_OBJECT, type JsonObject, toPlain } from '../../kit/json.ts';
import { retryAfterSeconds, refusalText } from '../../transports/refusal/refusal-text.ts';
import { type Divergence, printDivergence } from './divergence.ts';
import type { RecordedAnswer, ReplayedCall } from './replayed-call.ts';

/** JSON-RPC codes of a call that differs from the record, and of one that has no answer there. */
const DIVERGED = -31_409;
const NO_ANSWER = -31_404;

/** The result of a recorded call. @throws ProtocolError where the answer was an error, or there is none. */
export function answerCall({ decisionId, answer }: ReplayedCall): JsonObject {
  switch (answer.kind) {
    case 'result':
      return answer.result;
    case 'refused':
      return refusedResult(decisionId, answer);
    case 'error':
      throw new ProtocolError(
        answer.code,
        answer.message,
        answer.data === undefined ? undefined : toPlain(answer.data),
      );
    case 'none':
      throw new ProtocolError(NO_ANSWER, `No recorded answer: the recorded call ${answer.why}.`, {
        decision_id: decisionId,
      });
  }
}

/** What a call that is not as recorded is answered with. */
export function divergedError(divergence: Divergence): ProtocolError {
  return new ProtocolError(DIVERGED, `Not as recorded: ${printDivergence(divergence)}`, divergence);
}

/** The tool result that a model read when the call was refused. */
function refusedResult(decisionId: string, refused: Extract<RecordedAnswer, { kind: 'refused' }>): JsonObject {
  const { reason, detail } = refused;
  const { retryAfterMs, ...said } = detail;
  const wait = retryAfterMs === undefined ? {} : { retry_after_seconds: retryAfterSeconds(retryAfterMs) };
  const result = fromPlain({
    content: [{ type: 'text', text: refusalText(reason, detail, decisionId) }],
    isError: true,
    _meta: { 'sallyport/refusal': { decision_id: decisionId, reason, ...said, ...wait } },
  });
  return isJsonObject(result) ? result : EMPTY_OBJECT;
}
