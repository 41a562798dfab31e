import type { Call } from '../../call/call.ts';
import { headerValues } from '../../call/received.ts';
import type { Identity } from '../../decision/facts.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import { sealPurpose } from '../../sealing/purpose.ts';
import type { Sealer } from '../../sealing/seal.ts';
import { readSession } from './sealed-session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface SessionRules {
  readonly sealer: Sealer;
  readonly registry: SessionRegistry;
}

/** Milliseconds after which a caller at its session cap may try again. */
const TOO_MANY_RETRY_MS = 60_000;

/**
 * What the upstream calls the session that this call names, `undefined` without one.
 *
 * 2026-07-28 has no sessions: a header is ignored and never forwarded. In the legacy era an id must have been sealed here,
 * for this caller and server, and not have ended; `initialize` needs room for another one.
 */
export function openSession(call: Call, identity: Identity, rules: SessionRules): Found<string | undefined> {
  if (call.era === 'modern') return found(undefined);
  const [sealed] = headerValues(call.headers, 'mcp-session-id');
  if (sealed !== undefined) return openNamed(sealed, call, identity, rules);
  if (call.operation === 'initialize') return needRoom(call, identity, rules);
  const needed = call.kind === 'end-session' || headerValues(call.headers, 'last-event-id').length > 0;
  return needed ? deny('handles', 'session.missing') : found(undefined);
}

function openNamed(sealed: string, call: Call, identity: Identity, rules: SessionRules): Found<string> {
  const opened = rules.sealer.open(sealPurpose('session', call.server), identity.principal, sealed);
  if (opened.kind === 'unknown') return deny('handles', 'session.unknown');
  if (opened.kind === 'not-owner') return deny('handles', 'session.not-owner');
  const { upstreamId, openedAtMs } = readSession(opened.value);
  const session = { server: call.server, owner: identity.principal, upstreamId };
  const isEnded = rules.registry.touch(session, openedAtMs) === 'ended';
  return isEnded ? deny('handles', 'session.ended') : found(upstreamId);
}

function needRoom({ server }: Call, identity: Identity, { registry }: SessionRules): Found<undefined> {
  if (registry.hasRoom(server, identity.principal)) return found(undefined);
  return deny('handles', 'session.too-many', { retryAfterMs: TOO_MANY_RETRY_MS });
}
