import type { Target } from '../call/call.ts';
import type { Identity, PinnedTarget, Ruling } from '../decision/facts.ts';
import { sha256Hex } from '../kit/digest.ts';
import { clip, NAME_LENGTH, TEXT_LENGTH } from './clip.ts';
import type { CallData, CallerData, TargetData } from './record-shape.ts';
import { isoTime } from './iso-time.ts';

const MAX_RULES = 64;

/** `T` with every absent member written as `undefined`, which `JSON.stringify` leaves out. */
export type Undefinable<T> = { [K in keyof T]: T[K] | undefined };

/** Who called. */
export function callerData(identity: Identity): Undefinable<CallerData> {
  return {
    actor: clip(identity.actor, NAME_LENGTH),
    certificate_sha256: identity.certificateSha256,
    client_id: clip(identity.clientId, NAME_LENGTH),
    expires_at: identity.expiresAtMs === undefined ? undefined : isoTime(identity.expiresAtMs),
    issuer: clip(identity.issuer, TEXT_LENGTH),
    kind: identity.kind,
    principal: clip(identity.principal, TEXT_LENGTH),
    spiffe_id: clip(identity.spiffeId, TEXT_LENGTH),
    subject: clip(identity.subject, NAME_LENGTH),
    tenant: clip(identity.tenant, NAME_LENGTH),
    token_id: clip(identity.tokenId, NAME_LENGTH),
    transaction: clip(identity.transaction, NAME_LENGTH),
  };
}

/** What the call acts on. A task id or session is a handle that opens something, so only the kind of such a target is kept. */
export function targetData(target: Target): Undefinable<TargetData> {
  switch (target.kind) {
    case 'tool':
    case 'prompt':
      return { kind: target.kind, name: clip(target.name, NAME_LENGTH) };
    case 'resource':
      return { kind: target.kind, name: clip(target.uri, TEXT_LENGTH) };
    default:
      return { kind: target.kind };
  }
}

/** What the pin says of a tool; nothing for other targets. */
export function toolData({
  kind,
  durability,
  effects,
  pin,
}: PinnedTarget): Undefinable<NonNullable<CallData['tool']>> | undefined {
  return kind === 'tool' ? { durability, effects, pin_sha256: pin } : undefined;
}

/** The rules that had a say. */
export function rulesData({ rules }: Ruling): readonly string[] {
  return rules.slice(0, MAX_RULES);
}

/** What shadow rules would have said; nothing when there were none. */
export function shadowData({ shadow }: Ruling): CallData['shadow'] | undefined {
  return shadow.length === 0 ? undefined : shadow.slice(0, MAX_RULES).map(({ rule, would }) => ({ rule, would }));
}

/** A name for the session that does not open it. */
export function sessionDigest(session: string | undefined): string | undefined {
  return session === undefined ? undefined : sha256Hex(session);
}
