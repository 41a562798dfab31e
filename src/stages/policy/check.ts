import type { Call } from '../../call/call.ts';
import { subscribedResources } from '../../call/subscribed-resources.ts';
import { annotationsOf } from '../../catalogue/annotations-of.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Ruling } from '../../decision/facts.ts';
import { type Deny, deny, type Fault, type Found, found } from '../../decision/verdict.ts';
import { boundText } from '../../kit/bound-text.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { isHousekeeping } from '../../policy/housekeeping.ts';
import type { CallerInput, PolicyAllowed, PolicyDecision, PolicyInput, PolicySet } from '../../policy/policy-set.ts';
import type { AuthenticatedIdentity, CheckedTarget, LimitedRuling } from '../facts.ts';
import { decideAll } from './decide-all.ts';

/** What the check reads anew for each call, so that a reload takes effect at once. */
export interface PolicyCheckOptions {
  readonly policies: () => PolicySet;
  readonly catalogue: () => Pick<Catalogue, 'digest'>;
}

/**
 * Check 6: every rule that matches has been evaluated, and together they allow the call (DESIGN §6).
 *
 * A rule that cannot be evaluated is a fault, never a rule that was skipped.
 */
export function applyPolicy(
  call: Call,
  identity: AuthenticatedIdentity,
  target: CheckedTarget,
  options: PolicyCheckOptions,
): Found<LimitedRuling> {
  // Read once: a reload in between must not mix two sets.
  const policies = options.policies();
  const decision = decideAll(policies, policyInputOf(call, identity, target), subscribedResources(call));
  const ruling: Ruling = {
    rules: decision.rules,
    shadow: decision.shadow,
    readArguments: decision.readArguments,
    policyDigest: policies.digest,
    catalogueDigest: options.catalogue().digest,
    limits: [],
  };
  switch (decision.kind) {
    case 'allowed':
      return found(allowedRuling(ruling, decision));
    case 'denied':
      return { ...refuse(decision), ruling };
    case 'error':
      return { ...faultOf(decision), ruling };
  }
}

function fallbacksIn({ fallbacks }: PolicyAllowed): Pick<LimitedRuling, 'fallbacks' | 'needsReply'> {
  return fallbacks === undefined ? {} : { fallbacks, needsReply: fallbacks.some(({ needsReply }) => needsReply) };
}

function allowedRuling(ruling: Ruling, decision: PolicyAllowed): LimitedRuling {
  const { limits: limitSpecs, metering, priority } = decision;
  return {
    ...ruling,
    limits: limitSpecs.map(({ name }) => name),
    limitSpecs,
    ...fallbacksIn(decision),
    ...(metering === undefined ? {} : { metering }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function refuse({ reason, rule, argument, allowed, message }: PolicyDecision & { kind: 'denied' }): Deny {
  const detail = {
    ...(rule === undefined ? {} : { rule }),
    ...(argument === undefined ? {} : { argument }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(message === undefined ? {} : { message }),
  };
  return deny('policy', reason, detail);
}

/** Longest text of a failed rule that the record keeps, in UTF-16 code units: it may quote what was sent. */
const MAX_MESSAGE = 500;

/** The rule is named to the operator only: a caller learns nothing from a broken rule. */
function faultOf({ rule, message }: PolicyDecision & { kind: 'error' }): Fault {
  const detail = `rule ${rule}: ${boundText(message, MAX_MESSAGE)}`;
  return { kind: 'fault', stage: 'policy', reason: 'policy.error', detail: {}, operatorDetail: detail };
}

/** The call as rules see it. */
export function policyInputOf(call: Call, identity: AuthenticatedIdentity, { tool }: CheckedTarget): PolicyInput {
  return {
    server: call.server,
    method: call.method === '' ? call.operation : call.method,
    target: call.target,
    effects: tool?.effects ?? [],
    args: call.args,
    params: call.params,
    ...callerOf(call, identity),
    nowMs: call.receivedAtMs,
    annotations: annotationsOf(tool),
    housekeeping: isHousekeeping(call.treatment),
  };
}

/** What rules know about the caller: the same for a call and for the lists that it is shown. */
export function callerOf({ peer }: Pick<Call, 'peer'>, identity: AuthenticatedIdentity): Omit<CallerInput, 'nowMs'> {
  return {
    token: identity.claims,
    principal: principalOf(identity),
    tls: texts({ certificate_sha256: peer.certificateSha256, spiffe: peer.spiffeId }),
    txn: identity.transaction,
    tenant: identity.tenant,
  };
}

function principalOf(identity: AuthenticatedIdentity): JsonObject {
  const { principal, kind, issuer, subject, actor, clientId, spiffeId } = identity;
  return texts({ id: principal, kind, issuer, subject, actor, client_id: clientId, spiffe: spiffeId });
}

function texts(fields: Readonly<Record<string, string | undefined>>): JsonObject {
  const given = new Map<string, JsonValue>();
  for (const [name, text] of Object.entries(fields)) if (text !== undefined) given.set(name, text);
  return given;
}
