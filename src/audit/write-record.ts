import type { Received } from '../call/received.ts';
import type { Facts } from '../decision/facts.ts';
import type { Outcome, PassthroughRequest } from '../decision/record.ts';
import type { Refusal } from '../decision/verdict.ts';
import { type ArgumentRules, argumentMembers, argumentNames } from './argument-text.ts';
import type { PayloadNote } from './payload-note.ts';
import { clip, finite, milliseconds, NAME_LENGTH, TEXT_LENGTH } from './clip.ts';
import {
  callerData,
  sessionDigest,
  shadowData,
  targetData,
  toolData,
  type Undefinable,
  rulesData,
} from './fact-data.ts';
import type {
  CallData,
  FallbackData,
  GapData,
  IntentData,
  BreakerActionData,
  BudgetActionData,
  OperatorData,
  OrderActionData,
  OutcomeData,
  PassthroughData,
  PayloadData,
  RecoveryData,
  RefusalData,
  RefusalsData,
} from './record-shape.ts';
import { isoTime } from './iso-time.ts';

/*
 * Each function answers the canonical JSON of a record's `data`. Object literals here list their members in RFC 8785
 * order: `JSON.stringify` then prints canonical JSON, and leaves out what is undefined. Tests compare each with
 * `canonicalJson()`.
 */

/** `D` without the arguments, whose text is made apart, and with nested members as they are before printing. */
type Written<D extends CallData> = {
  [K in Exclude<keyof D, 'argument_names' | 'arguments' | 'arguments_omitted' | 'arguments_payload'>]: K extends
    | 'caller'
    | 'target'
    | 'tool'
    ? object | undefined
    : D[K] | undefined;
};

/** `data` of the intent of a cleared call. */
export function intentData(facts: Facts, argumentRules: ArgumentRules, payload?: PayloadNote): string {
  const { call, identity, ruling, target } = facts;
  const hides = argumentRules.masks?.hidesDigest;
  const rest = {
    // Whoever knows what arguments there could be would find them by it, also when they were shredded.
    arguments_sha256: payload === undefined && hides !== true ? call.argsDigest() : undefined,
    arguments_sha256_keyed: payload === undefined ? argumentRules.masks?.keyedDigest : undefined,
    caller: callerData(identity),
    catalogue_sha256: ruling.catalogueDigest,
    credential: facts.credential.kind,
    decision_id: call.decisionId,
    era: call.era,
    fallback: fallbackData(insteadOf(facts)),
    grant: facts.grant.kind,
    kind: call.kind,
    limits: facts.reservation.taken.map(({ cost, limit, remaining }) => ({ cost, limit, remaining })),
    method: clip(call.method, NAME_LENGTH),
    operation: call.operation,
    peer: { address: call.peer.address },
    policy_sha256: ruling.policyDigest,
    received_at: isoTime(call.receivedAtMs),
    revision: call.revision,
    rules: rulesData(ruling),
    server: call.server,
    session_sha256: sessionDigest(facts.handles.upstreamSession),
    shadow: shadowData(ruling),
    target: targetData(call.target),
    tool: toolData(target),
    verdict: 'allow',
  } satisfies Written<IntentData>;
  const args = argumentNames(call.args) + argumentMembers(ruling.readArguments, argumentRules) + payloadMember(payload);
  return `{${args}${JSON.stringify(rest).slice(1)}`;
}

/** `data` of a refusal, with what was known of the call when it was refused. */
export function refusalData(
  received: Received,
  refusal: Refusal,
  known: Partial<Facts>,
  argumentRules: ArgumentRules,
): string {
  const { call, identity, ruling, target } = known;
  const { detail } = refusal;
  const hides = argumentRules.masks?.hidesDigest;
  const names = ruling === undefined || call === undefined ? '' : argumentNames(call.args);
  const args = ruling === undefined ? '' : names + argumentMembers(ruling.readArguments, argumentRules);
  const first = { allowed: clip(detail.allowed, TEXT_LENGTH), argument: clip(detail.argument, NAME_LENGTH) };
  const rest = {
    arguments_sha256: call === undefined || call.args.size === 0 || hides === true ? undefined : call.argsDigest(),
    arguments_sha256_keyed: argumentRules.masks?.keyedDigest,
    body_bytes: received.body?.length ?? 0,
    caller: identity === undefined ? undefined : callerData(identity),
    catalogue_sha256: ruling?.catalogueDigest,
    decision_id: received.decisionId,
    era: call?.era,
    fallback: fallbackData(refusal.kind === 'deny' ? refusal.standIn : undefined),
    http_method: clip(received.httpMethod, NAME_LENGTH),
    kind: call?.kind,
    message: clip(detail.message, TEXT_LENGTH),
    method: clip(call?.method, NAME_LENGTH),
    operation: call?.operation,
    operator_detail: clip(refusal.operatorDetail, TEXT_LENGTH),
    peer: { address: clip(received.peer.address, NAME_LENGTH) },
    policy_sha256: ruling?.policyDigest,
    reason: refusal.reason,
    received_at: isoTime(received.receivedAtMs),
    retry_after_ms: finite(detail.retryAfterMs),
    revision: call?.revision,
    rule: clip(detail.rule, NAME_LENGTH),
    rules: ruling === undefined ? undefined : rulesData(ruling),
    server: clip(received.server, NAME_LENGTH),
    session_sha256: sessionDigest(known.handles?.upstreamSession),
    shadow: ruling === undefined ? undefined : shadowData(ruling),
    stage: refusal.stage,
    target: call === undefined ? undefined : targetData(call.target),
    tool: target === undefined ? undefined : toolData(target),
    verdict: refusal.kind,
  } satisfies Written<Omit<RefusalData, 'allowed' | 'argument'>>;
  return joinObjects(JSON.stringify(first), args, JSON.stringify(rest));
}

/** `data` of an outcome. */
export function outcomeData(outcome: Outcome, payload?: PayloadNote): string {
  return JSON.stringify({
    attempts: finite(outcome.attempts),
    costs: costsData(outcome),
    decision_id: outcome.decisionId,
    duration_ms: milliseconds(outcome.durationMs),
    fallback: fallbackData(outcome.standIn),
    http_status: finite(outcome.httpStatus),
    kind: outcome.kind,
    operator_detail: clip(outcome.operatorDetail, TEXT_LENGTH),
    reply_bytes: outcome.replyBytes,
    reply_payload: payloadData(payload),
    rpc_error_code: finite(outcome.rpcErrorCode),
    tokens: tokensData(outcome),
    tool_error: outcome.toolError,
  } satisfies Undefinable<OutcomeData>);
}

/** The canonical member `arguments_payload` with a comma after it. */
function payloadMember(note: PayloadNote | undefined): string {
  return note === undefined ? '' : `"arguments_payload":${JSON.stringify(payloadData(note))},`;
}

function payloadData(note: PayloadNote | undefined): PayloadData | undefined {
  if (note === undefined) return undefined;
  const { bytes, commitment, kept } = note;
  return { bytes, ...(commitment === undefined ? {} : { commitment }), kept };
}

function insteadOf({ permit }: Facts): Outcome['standIn'] {
  if (permit.instead === undefined) return undefined;
  const { rule, server } = permit.instead;
  return { rule, source: 'server', server };
}

function fallbackData(standIn: Outcome['standIn']): FallbackData | undefined {
  if (standIn === undefined) return undefined;
  const { ageMs, rule, server, source } = standIn;
  return {
    ...(ageMs === undefined ? {} : { age_ms: milliseconds(ageMs) }),
    rule,
    ...(server === undefined ? {} : { server }),
    source,
  };
}

/** What the reply said of costs; nothing when it said nothing. */
function costsData({ costs }: Outcome): OutcomeData['costs'] | undefined {
  if (costs === undefined || costs.size === 0) return undefined;
  return [...costs].map(([rule, cost]) => ({ cost, rule }));
}

function tokensData({ tokens }: Outcome): OutcomeData['tokens'] | undefined {
  if (tokens === undefined) return undefined;
  const { cacheRead, cacheWrite, input, output } = tokens;
  return { cache_read: cacheRead, cache_write: cacheWrite, input, output };
}

/** `data` of a request that is passed through unjudged. */
export function passthroughData({ received, route, path, identity }: PassthroughRequest): string {
  return JSON.stringify({
    caller: identity === undefined ? undefined : callerData(identity),
    decision_id: received.decisionId,
    http_method: clip(received.httpMethod, NAME_LENGTH),
    path: clip(path.split('?', 1)[0] ?? '', TEXT_LENGTH),
    peer: { address: clip(received.peer.address, NAME_LENGTH) },
    received_at: isoTime(received.receivedAtMs),
    route,
  } satisfies Undefinable<Record<keyof PassthroughData, unknown>>);
}

/** `data` of what an operator changed. */
export function operatorData(data: OperatorData): string {
  switch (data.action) {
    case 'breaker.set':
      return breakerActionData(data);
    case 'budget.grant':
    case 'budget.reset':
      return budgetActionData(data);
    default:
      return orderActionData(data);
  }
}

function breakerActionData({ action, server, state, tool, was, why }: BreakerActionData): string {
  return JSON.stringify({
    action,
    server,
    state,
    tool: clip(tool, NAME_LENGTH),
    was,
    why: clip(why, TEXT_LENGTH),
  } satisfies Undefinable<Record<keyof BreakerActionData, unknown>>);
}

function orderActionData({ action, id, kind, name, state, until, was, why }: OrderActionData): string {
  return JSON.stringify({
    action,
    id,
    kind,
    name: clip(name, TEXT_LENGTH),
    state,
    until,
    was,
    why: clip(why, TEXT_LENGTH),
  } satisfies Undefinable<Record<keyof OrderActionData, unknown>>);
}

function budgetActionData({ action, amount, budget, kind, name, was, why }: BudgetActionData): string {
  return JSON.stringify({
    action,
    amount,
    budget: clip(budget, TEXT_LENGTH),
    kind,
    name,
    was,
    why: clip(why, TEXT_LENGTH),
  } satisfies Undefinable<Record<keyof BudgetActionData, unknown>>);
}

/** `data` of a gap. */
export function gapData({ lost, since, until, why }: GapData): string {
  const names = Object.keys(lost).toSorted();
  const sorted = Object.fromEntries(names.map((name) => [name, lost[name]]));
  return JSON.stringify({ lost: sorted, since, until, why: clip(why, TEXT_LENGTH) });
}

/** `data` of a recovery. */
export function recoveryData({ bytes, did, found, offset, records, segment }: RecoveryData): string {
  return JSON.stringify({ bytes, did, found, offset, records, segment } satisfies Undefinable<RecoveryData>);
}

/** `data` of refusals that were counted instead of written. */
export function refusalsData({ counts, since, until }: RefusalsData): string {
  const clipped = counts.map(({ caller, count, reason }) => ({ caller: clip(caller, TEXT_LENGTH), count, reason }));
  return JSON.stringify({ counts: clipped, since, until });
}

/** Joins `{…}`, loose members with commas after them, and a non-empty `{…}`. */
function joinObjects(first: string, members: string, last: string): string {
  const head = first === '{}' ? '{' : `${first.slice(0, -1)},`;
  return `${head}${members}${last.slice(1)}`;
}
