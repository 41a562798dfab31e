import type { Call } from '../../call/call.ts';
import type { BodyEdit } from '../../call/edit-body.ts';
import { headerValues } from '../../call/received.ts';
import type { Handles, Identity } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';
import { headerText } from './header-text.ts';
import { openSession, type SessionRules } from './open-session.ts';
import { unsealNames } from './unseal-names.ts';

/**
 * The check that opens what the caller holds sealed: its session id, task ids and request states (DESIGN §4).
 *
 * Somebody else's session answers like an unknown one; only the record tells them apart.
 */
export function createOpenHandles(rules: SessionRules): (call: Call, identity: Identity) => Found<Handles> {
  return (call, identity) => {
    const session = openSession(call, identity, rules);
    if (session.kind !== 'found') return session;
    const edits = unsealNames(call, identity, rules.sealer);
    if (edits.kind !== 'found') return edits;
    return found({
      ...(session.value === undefined ? {} : { upstreamSession: session.value }),
      edits: edits.value,
      headers: forwardedHeaders(call, session.value, edits.value),
    });
  };
}

/** The header fields that must agree with what was unsealed. */
function forwardedHeaders(
  call: Call,
  upstreamSession: string | undefined,
  edits: readonly BodyEdit[],
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (upstreamSession !== undefined) {
    headers.set('mcp-session-id', upstreamSession);
    const [lastEvent] = headerValues(call.headers, 'last-event-id');
    if (lastEvent !== undefined) headers.set('last-event-id', lastEvent);
  }
  const taskId = edits.find(({ path }) => path.length === 2 && path[1] === 'taskId')?.value;
  const named = headerValues(call.headers, 'mcp-name').length > 0;
  if (named && typeof taskId === 'string') headers.set('mcp-name', headerText(taskId));
  return headers;
}
