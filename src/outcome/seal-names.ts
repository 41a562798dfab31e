import type { Replacement } from '../call/replace-spans.ts';
import { scanItems, type ScannedValue } from '../call/scan-json.ts';
import { statePurpose } from '../sealing/purpose.ts';
import { type Members, relatedTaskId, type Reply, textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';
import { taskNameFor } from './task-name-for.ts';

/** A name in a reply cannot be sealed, so the reply cannot pass. */
export class UnsealableName extends Error {
  override readonly name = 'UnsealableName';
}

/** Longest task id or request state, bytes of JSON text: a caller could not send a much longer one back. */
const MAX_NAME_BYTES = 512 * 1024;
/** Most task ids of one message. */
const MAX_TASKS = 1000;

/** Notifications about one task: of the tasks extension, and of 2025-11-25. */
const TASK_NOTIFICATIONS: readonly string[] = ['notifications/tasks', 'notifications/tasks/status'];

/**
 * The edits that put names of our own where the upstream names a task or hands out a request state (DESIGN §4): the caller
 * never holds one that would work for somebody else.
 *
 * @returns `not-owner` when the message is about a task that was given to another caller.
 * @throws UnsealableName when there is something else than a string in such a place, or one that is too long.
 */
export function sealNames(
  bytes: Uint8Array,
  reply: Reply,
  context: ReplyContext,
): readonly Replacement[] | 'not-owner' {
  const names = new NameSealer(bytes, context);
  switch (reply.kind) {
    case 'result':
      if (reply.result.members !== undefined) sealResult(reply.result.members, names, context);
      break;
    case 'notification':
      sealNotification(reply.method, reply.params, names);
      break;
    case 'request':
      // Requests of the server about tasks name tasks of the client's own.
      if (!reply.method.startsWith('tasks/')) names.task(relatedTaskId(reply.params));
      break;
    case 'error':
      break;
  }
  return names.sawAnothers ? 'not-owner' : names.replacements;
}

function sealResult(result: Members, names: NameSealer, { facts: { call } }: ReplyContext): void {
  names.state(result.get('requestState'));
  names.task(relatedTaskId(result));
  names.task(result.get('task')?.members?.get('taskId'));
  // A task has its id at the top in replies to `tasks/*` and in created modern ones; elsewhere that member is a tool's own.
  const isTask = call.kind !== 'request' || call.treatment === 'task' || call.treatment === 'stream';
  if (isTask || names.textOf(result.get('resultType')) === 'task') names.task(result.get('taskId'));
}

function sealNotification(method: string, params: Members, names: NameSealer): void {
  names.task(relatedTaskId(params));
  if (TASK_NOTIFICATIONS.includes(method)) names.task(params.get('taskId'));
  const subscribed = params.get('notifications')?.members?.get('taskIds');
  if (method === 'notifications/subscriptions/acknowledged' && subscribed !== undefined) names.tasks(subscribed);
}

/** Collects the replacements for one message. */
class NameSealer {
  readonly replacements: Replacement[] = [];
  sawAnothers = false;
  readonly #bytes: Uint8Array;
  readonly #context: ReplyContext;

  constructor(bytes: Uint8Array, context: ReplyContext) {
    this.#bytes = bytes;
    this.#context = context;
  }

  textOf(value: ScannedValue | undefined): string | undefined {
    return value === undefined ? undefined : textAt(this.#bytes, value);
  }

  state(value: ScannedValue | undefined): void {
    if (value === undefined) return;
    const { sealer, facts } = this.#context;
    this.#put(value, sealer.seal(statePurpose(facts.call), facts.identity.principal, this.#text(value)));
  }

  task(value: ScannedValue | undefined): void {
    if (value === undefined) return;
    const name = taskNameFor(this.#text(value), this.#context);
    if (name === undefined) this.sawAnothers = true;
    else this.#put(value, name);
  }

  tasks(list: ScannedValue): void {
    const ids = list.kind === 'array' ? scanItems(this.#bytes, list, MAX_TASKS) : 'malformed';
    if (typeof ids === 'string') throw new UnsealableName('task ids are not a list, or too long a one');
    for (const id of ids) this.task(id);
  }

  #text(value: ScannedValue): string {
    const text = value.end - value.start > MAX_NAME_BYTES ? undefined : textAt(this.#bytes, value);
    if (text === undefined) throw new UnsealableName('a task id or request state is no string, or too long');
    return text;
  }

  #put(span: ScannedValue, sealed: string): void {
    this.replacements.push({ span, text: JSON.stringify(sealed) });
  }
}
