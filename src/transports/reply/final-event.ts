import { writeSseEvent } from '../../call/sse.ts';
import { refusalText } from '../refusal/refusal-text.ts';
import { type Refused, rpcError } from '../refusal/write-refusal.ts';

/**
 * The last event of a stream that is ended from here: no client is left waiting (reference 01 §2.2).
 *
 * The stream of a request ends with a JSON-RPC error for its id. A GET stream answers nothing, so it ends with a log message,
 * the one notification that every legacy revision lets a server send unasked.
 */
export function finalEvent(refused: Refused): Uint8Array {
  const { refusal, received, call } = refused;
  const text = refusalText(refusal.reason, refusal.detail, received.decisionId);
  const error = rpcError(refused, text);
  const message =
    call?.kind === 'request' && call.id !== undefined
      ? { jsonrpc: '2.0', id: call.id, error }
      : {
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level: 'error', logger: 'sallyport', data: error },
        };
  return writeSseEvent({ event: 'message', data: JSON.stringify(message) });
}
