import type { Replacement } from '../call/replace-spans.ts';
import { scanItems, type ScannedValue } from '../call/scan-json.ts';
import { sealPurpose } from '../sealing/purpose.ts';
import { type Members, relatedTaskId, type Reply, textAt } from './read-reply.ts';
import type { ReplyContext } from './reply-context.ts';

/** A name in a reply cannot be sealed, so the reply cannot pass. */
export class UnsealableName extends Error {
  override readonly name = 'UnsealableName';
}

/** Notifications about one task: of the tasks extension, and of 2025-11-25. */
const TASK_NOTIFICATIONS: readonly string[] = ['notifications/tasks', 'notifications/tasks/status'];

/**
 * The edits that put names of our own where the upstream names a task or hands out a request state (DESIGN §4): the caller
 * never holds one that would work for somebody else.
 *
 * @throws UnsealableName when there is something else than a string in such a place.
 */
export function sealNames(bytes: Uint8Array, reply: Reply, context: ReplyContext): readonly Replacement[] {
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
  return names.replacements;
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
    const { sealer, facts, server } = this.#context;
    this.#put(
      value,
      sealer.seal(sealPurpose('request-state', server.name), facts.identity.principal, this.#text(value)),
    );
  }

  task(value: ScannedValue | undefined): void {
    if (value !== undefined) this.#put(value, sealedTask(this.#text(value), this.#context));
  }

  tasks(list: ScannedValue): void {
    const ids = list.kind === 'array' ? scanItems(this.#bytes, list) : undefined;
    if (ids === undefined) throw new UnsealableName('task ids are not a list');
    for (const id of ids) this.task(id);
  }

  #text(value: ScannedValue): string {
    const text = textAt(this.#bytes, value);
    if (text === undefined) throw new UnsealableName('a task id or request state is no string');
    return text;
  }

  #put(span: ScannedValue, sealed: string): void {
    this.replacements.push({ span, text: JSON.stringify(sealed) });
  }
}

/** The name under which the caller knows the task: the one in the call, the one given before, or a new one. */
function sealedTask(id: string, { facts, server, sealer, tasks }: ReplyContext): string {
  const { call, handles, identity } = facts;
  const called = handles.edits.find(({ path, value }) => path.join('.') === 'params.taskId' && value === id);
  const known = called !== undefined && call.target.kind === 'task' ? call.target.id : undefined;
  const name =
    known ??
    tasks.nameFor(server.name, identity.principal, id) ??
    sealer.seal(sealPurpose('task', server.name), identity.principal, id);
  tasks.remember(server.name, identity.principal, id, name);
  return name;
}
