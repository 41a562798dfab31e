import type { Call } from '../../call/call.ts';
import type { BodyEdit } from '../../call/edit-body.ts';
import { RELATED_TASK } from '../../call/meta-keys.ts';
import type { Identity } from '../../decision/facts.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { sealPurpose, type SealedKind, statePurpose } from '../../sealing/purpose.ts';
import type { Sealer } from '../../sealing/seal.ts';

/** A sealed name in a body: where it stands and what kind it must be. */
interface SealedName {
  readonly path: readonly (string | number)[];
  readonly kind: Exclude<SealedKind, 'session'>;
  readonly value: JsonValue;
}

/**
 * Edits that put the upstream's own task ids and request states where the caller sent sealed ones.
 *
 * @returns `handle.unknown` when one was not sealed for this caller and server, or is no string; for a request state also
 *   when it was given for another call.
 */
export function unsealNames(call: Call, identity: Identity, sealer: Sealer): Found<readonly BodyEdit[]> {
  const edits: BodyEdit[] = [];
  for (const { path, kind, value } of sealedNames(call)) {
    if (typeof value !== 'string') return deny('handles', 'handle.unknown');
    const purpose = kind === 'request-state' ? statePurpose(call) : sealPurpose(kind, call.server);
    const opened = sealer.open(purpose, identity.principal, value);
    if (opened.kind === 'not-owner') return deny('handles', 'handle.unknown', {}, `${kind} of another caller`);
    if (opened.kind === 'unknown') return deny('handles', 'handle.unknown');
    edits.push({ path, value: opened.value });
  }
  return found(edits);
}

function sealedNames(call: Call): SealedName[] {
  const { params } = call;
  const names: SealedName[] = [];
  // tasks/list names no task; a client's own status notification names a task of the client's, which was never sealed.
  if (call.treatment === 'task') push(names, params, ['params'], 'taskId', 'task');
  if (call.kind === 'request') push(names, params, ['params'], 'requestState', 'request-state');
  pushRelatedTask(names, params, ['params']);
  // The answer to a server's request that belongs to a task names it too; that id was sealed on its way out.
  pushRelatedTask(names, call.result, ['result']);
  if (call.operation === 'subscriptions/listen') pushSubscribed(names, params);
  return names;
}

function push(
  names: SealedName[],
  holder: JsonObject,
  at: readonly (string | number)[],
  name: string,
  kind: SealedName['kind'],
): void {
  const value = holder.get(name);
  if (value !== undefined) names.push({ path: [...at, name], kind, value });
}

function pushRelatedTask(names: SealedName[], params: JsonObject, at: readonly string[]): void {
  const meta = params.get('_meta');
  const related = isJsonObject(meta) ? meta.get(RELATED_TASK) : undefined;
  if (isJsonObject(related)) push(names, related, [...at, '_meta', RELATED_TASK], 'taskId', 'task');
}

/** Most tasks of one subscription: each name is decrypted. */
const MAX_SUBSCRIBED = 256;

/** `notifications.taskIds` of `subscriptions/listen`, the filter of the tasks extension. */
function pushSubscribed(names: SealedName[], params: JsonObject): void {
  const filter = params.get('notifications');
  const ids = isJsonObject(filter) ? filter.get('taskIds') : undefined;
  if (isJsonArray(ids) && ids.length <= MAX_SUBSCRIBED) {
    for (const [index, value] of ids.entries()) {
      names.push({ path: ['params', 'notifications', 'taskIds', index], kind: 'task', value });
    }
  } else if (ids !== undefined) {
    names.push({ path: ['params', 'notifications', 'taskIds'], kind: 'task', value: null });
  }
}
