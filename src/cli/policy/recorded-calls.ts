import type { Target } from '../../call/call.ts';
import { CLIENT_NOTIFICATIONS, HTTP_OPERATIONS, REQUEST_METHODS, type Treatment } from '../../call/treatment.ts';
import { type AuditRecord, type CallData, type CallerData, RECORD_TYPES } from '../../audit/record-shape.ts';
import { STAGES } from '../../decision/verdict.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { fromPlain, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { isHousekeeping } from '../../policy/housekeeping.ts';
import type { RecordedArguments, RecordedCall, RuleVerdict } from '../../policy/replay/recorded-call.ts';

/** A record of a decision that the rules had a say in, as a replay needs it. */
export interface ReplayableRecord {
  readonly call: RecordedCall;
  /** What the call was part of: calls of one flow may follow from one another. `undefined` when nothing says. */
  readonly flow: string | undefined;
  /** Who called, for a person. */
  readonly caller: string;
}

/** Stages behind the rules: who was refused there had been let through by them. */
const BEHIND_RULES: ReadonlySet<string> = new Set(STAGES.slice(STAGES.indexOf('policy') + 1));

/** The record as a replay needs it; `undefined` when it is of something else, or no rule was asked. */
export function replayableRecord({ type, data }: AuditRecord): ReplayableRecord | undefined {
  if (type !== RECORD_TYPES.intent && type !== RECORD_TYPES.refusal) return undefined;
  const call = data as CallData & { readonly stage?: string; readonly verdict: string; readonly reason?: string };
  const said = type === RECORD_TYPES.intent ? 'allow' : saidOf(call);
  const target = targetOf(call);
  if (said === undefined || target === undefined || call.caller === undefined) return undefined;
  return { call: recordedCall(call, call.caller, target, said), flow: flowOf(call), caller: nameOf(call.caller) };
}

function saidOf({ stage = '', verdict, reason }: Partial<Record<'stage' | 'verdict' | 'reason', string>>) {
  if (BEHIND_RULES.has(stage)) return 'allow';
  if (stage !== 'policy') return undefined;
  if (verdict === 'deny') return 'deny';
  return reason === 'policy.error' ? 'error' : undefined;
}

function recordedCall(data: CallData, caller: CallerData, target: Target, said: RuleVerdict): RecordedCall {
  const { method = '', operation = '', server, tool, received_at: at } = data;
  return {
    decisionId: data.decision_id,
    server,
    method: method === '' ? operation : method,
    target,
    effects: tool?.effects ?? [],
    pin: tool?.pin_sha256,
    housekeeping: isHousekeeping(treatmentOf(operation)),
    args: argumentsOf(data),
    principal: principalOf(caller),
    tls: texts({ certificate_sha256: caller.certificate_sha256, spiffe: caller.spiffe_id }),
    hadToken: caller.kind === 'token',
    txn: caller.transaction,
    atMs: Date.parse(at),
    said,
  };
}

const TREATMENTS: ReadonlyMap<string, Treatment> = new Map(
  Object.entries({ ...REQUEST_METHODS, ...CLIENT_NOTIFICATIONS, ...HTTP_OPERATIONS }),
);

function treatmentOf(operation: string): Treatment {
  return TREATMENTS.get(operation) ?? 'extension';
}

function targetOf({ target }: CallData): Target | undefined {
  const { kind, name = '' } = target ?? {};
  switch (kind) {
    case 'tool':
    case 'prompt':
      return { kind, name };
    case 'resource':
      return { kind, uri: name };
    case 'none':
      return { kind };
    default:
      // What a task is called is a secret of its owner.
      return undefined;
  }
}

const NO_ARGUMENTS_SHA256 = sha256Hex('{}');

function argumentsOf(data: CallData): RecordedArguments {
  const { argument_names: names, arguments: values = {}, arguments_sha256: digest = NO_ARGUMENTS_SHA256 } = data;
  const isSaid = data.arguments_payload === undefined && data.arguments_sha256_keyed === undefined;
  const hadNone = isSaid && digest === NO_ARGUMENTS_SHA256;
  const known = names ?? (hadNone ? [] : undefined);
  return {
    names: known === undefined ? undefined : new Set(known),
    values: new Map(Object.entries(values).map(([pointer, value]) => [pointer, fromPlain(value)])),
  };
}

function principalOf({ principal, kind, issuer, subject, actor, client_id, spiffe_id }: CallerData): JsonObject {
  return texts({ id: principal, kind, issuer, subject, actor, client_id, spiffe: spiffe_id });
}

function texts(fields: Readonly<Record<string, string | undefined>>): JsonObject {
  const given = new Map<string, JsonValue>();
  for (const [name, text] of Object.entries(fields)) if (text !== undefined) given.set(name, text);
  return given;
}

function flowOf({ caller, session_sha256: session }: CallData): string | undefined {
  return caller?.transaction ?? session ?? caller?.token_id;
}

function nameOf({ actor, client_id: client, subject, principal }: CallerData): string {
  return actor ?? client ?? subject ?? principal;
}
