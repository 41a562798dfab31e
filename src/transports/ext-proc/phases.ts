import type { ProcessingMessage } from './processing-request.ts';

/** Where an exchange is, by the message that is to come next. */
export type StreamPhase =
  /** Nothing came yet. */
  | 'request-headers'
  /** The request is held until its body was seen. */
  | 'request-body'
  /** The request is on its way. */
  | 'response-headers'
  /** The reply is held until its body was seen. */
  | 'response-body'
  /** The head of the reply has gone to the client; its body goes through here. */
  | 'response-events'
  /** The whole body was answered, and trailers follow. */
  | 'response-trailers'
  /** Everything was answered. */
  | 'over';

type Kind = Exclude<ProcessingMessage['kind'], 'nothing'>;

const MAY_COME: Readonly<Record<StreamPhase, readonly Kind[]>> = {
  'request-headers': ['request-headers', 'response-headers'],
  'request-body': ['request-body', 'request-trailers', 'response-headers'],
  'response-headers': ['response-headers'],
  'response-body': ['response-body', 'response-trailers'],
  'response-events': ['response-body', 'response-trailers'],
  'response-trailers': ['response-trailers'],
  'over': [],
};

/** Whether a message of that kind may come now. What may not come is never answered with consent. */
export function mayCome(phase: StreamPhase, kind: Kind): boolean {
  return MAY_COME[phase].includes(kind);
}

/** Whether the client has got nothing yet, so that it can still be answered in place of the tool server. */
export function canStillAnswer(phase: StreamPhase): boolean {
  return phase.startsWith('request') || phase === 'response-headers' || phase === 'response-body';
}
