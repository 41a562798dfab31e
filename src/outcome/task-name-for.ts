import type { Call } from '../call/call.ts';
import { isJsonArray, isJsonObject, type JsonValue } from '../kit/json.ts';
import { sealPurpose } from '../sealing/purpose.ts';
import type { ReplyContext } from './reply-context.ts';

/**
 * The name under which the caller knows the task: the one in the call, the one given before, or a new one.
 *
 * @returns `undefined` when the task was given to another caller, and this one did not name it in the call: he cannot have
 *   it, whatever the tool server says.
 */
export function taskNameFor(id: string, { facts, server, sealer, tasks }: ReplyContext): string | undefined {
  const { principal } = facts.identity;
  const sent = sentName(id, facts);
  if (sent === undefined && tasks.isOfAnother(server.name, principal, id)) return undefined;
  const name =
    sent ?? tasks.nameFor(server.name, principal, id) ?? sealer.seal(sealPurpose('task', server.name), principal, id);
  tasks.remember(server.name, principal, id, name);
  return name;
}

/** The sealed name that the caller sent for the task, in whatever place of the call it was unsealed. */
function sentName(id: string, { call, handles }: ReplyContext['facts']): string | undefined {
  const edit = handles.edits.find(({ path, value }) => value === id && !path.includes('requestState'));
  const sent = edit && edit.path.reduce<JsonValue | undefined>(memberOf, rootOf(call));
  return typeof sent === 'string' ? sent : undefined;
}

function rootOf({ params, result }: Call): JsonValue {
  return new Map([
    ['params', params],
    ['result', result],
  ]);
}

function memberOf(holder: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof step === 'string') return isJsonObject(holder) ? holder.get(step) : undefined;
  return isJsonArray(holder) ? holder[step] : undefined;
}
