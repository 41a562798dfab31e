import { REASONS, type ReasonCode } from '../../call/reason.ts';
import type { PayloadData, RefusalData } from '../../audit/record-shape.ts';
import type { RefusalDetail } from '../../decision/verdict.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { fromPlain, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { type FoundPayload, payloadName } from './kept-payloads.ts';
import type { RecordedToolCall } from './recorded-tool-calls.ts';
import type { KnownArguments, RecordedAnswer, ReplayedCall } from './replayed-call.ts';

type Payloads = ReadonlyMap<string, FoundPayload>;

/** The record and what is kept of its calls, put together. */
export function replayedCall(recorded: RecordedToolCall, payloads: Payloads): ReplayedCall {
  const { data, tool } = recorded;
  return {
    decisionId: data.decision_id,
    tool,
    args: argumentsOf(recorded, payloads),
    answer: recorded.refusal === undefined ? answerOf(recorded, payloads) : refusedBy(recorded.refusal),
  };
}

const NO_ARGUMENTS_SHA256 = sha256Hex('{}');

function argumentsOf({ data }: RecordedToolCall, payloads: Payloads): KnownArguments {
  if (data.arguments_payload === undefined) {
    const values = Object.entries(data.arguments ?? {}).map(([at, value]) => [at, fromPlain(value)] as const);
    return { kind: 'digest', sha256: data.arguments_sha256 ?? NO_ARGUMENTS_SHA256, values: new Map(values) };
  }
  const payload = proven('arguments', data.decision_id, data.arguments_payload, payloads);
  const value = payload.kind === 'texts' ? parsed(payload.texts[0]) : undefined;
  if (payload.kind !== 'texts' || value === undefined) return { kind: 'unknown' };
  return { kind: 'value', value, omitted: payload.omitted };
}

function answerOf({ data, outcome }: RecordedToolCall, payloads: Payloads): RecordedAnswer {
  if (outcome === undefined) return { kind: 'none', why: 'has no outcome: the service stopped before it ended' };
  const said = outcome.reply_payload;
  if (said?.kept === 'unseen') return { kind: 'none', why: 'has a reply that was unseen: the door did not judge it' };
  if (said === undefined) return { kind: 'none', why: `ended as ${outcome.kind}, and its reply was not kept` };
  const payload = proven('reply', data.decision_id, said, payloads);
  if (payload.kind === 'locked') return { kind: 'none', why: `has payloads that ${payload.why}` };
  return lastMessage(payload.texts);
}

/** The payload that the record names; the record says what it must be. */
function proven(kind: 'arguments' | 'reply', decisionId: string, said: PayloadData, payloads: Payloads): FoundPayload {
  if (said.kept === 'too_long') return { kind: 'locked', why: 'were too long to be kept' };
  if (said.kept !== 'whole') return { kind: 'locked', why: 'could not be kept' };
  const payload = payloads.get(payloadName(kind, decisionId));
  if (payload === undefined) return { kind: 'locked', why: 'are not in the vault' };
  if (payload.kind === 'locked' || payload.commitment === said.commitment) return payload;
  return { kind: 'locked', why: 'are not what the record says' };
}

/** What came before the answer (progress, log messages, requests to the client) is not sent again. */
function lastMessage(texts: readonly string[]): RecordedAnswer {
  const answers = texts.map(parsed).filter(isJsonObject).map(answerIn);
  return (
    answers.findLast((answer) => answer !== undefined) ?? { kind: 'none', why: 'has no answer among its messages' }
  );
}

function answerIn(message: JsonObject): RecordedAnswer | undefined {
  const [result, error] = [message.get('result'), message.get('error')];
  if (isJsonObject(result)) return { kind: 'result', result };
  if (!isJsonObject(error)) return undefined;
  const [code, text] = [error.get('code'), error.get('message')];
  if (typeof code !== 'number' || typeof text !== 'string') return undefined;
  return { kind: 'error', code, message: text, data: error.get('data') };
}

function refusedBy({ reason, message, rule, argument, allowed, retry_after_ms: wait }: RefusalData): RecordedAnswer {
  if (!isReason(reason)) return { kind: 'none', why: 'was refused, for a reason that is not known here' };
  const detail: RefusalDetail = {
    ...(message === undefined ? {} : { message }),
    ...(rule === undefined ? {} : { rule }),
    ...(argument === undefined ? {} : { argument }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
  return { kind: 'refused', reason, detail };
}

function isReason(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}

/** `undefined` for what is no JSON. */
function parsed(text: string | undefined): JsonValue | undefined {
  try {
    return text === undefined ? undefined : fromPlain(JSON.parse(text));
  } catch {
    return undefined;
  }
}
