import { EMPTY_OBJECT, isJsonObject, type JsonObject } from '../kit/json.ts';
import type { Target } from './call.ts';
import { refused, type Refused } from './refused.ts';
import { readSubscribed } from './subscribed-resources.ts';

/** What a request acts on, and the member of `params` that names it (`Mcp-Name` repeats that one). */
export interface Aim {
  readonly kind: 'aim';
  readonly target: Target;
  readonly args: JsonObject;
}

const NOTHING: Aim = { kind: 'aim', target: { kind: 'none' }, args: EMPTY_OBJECT };

/**
 * Finds what `method` acts on. The types of the members were checked already; here it matters that they are there.
 *
 * A completion aims at the prompt or resource it completes for.
 */
export function readTarget(method: string, params: JsonObject): Aim | Refused {
  switch (method) {
    case 'tools/call':
      return named(params, (name) => ({ kind: 'tool', name }));
    case 'prompts/get':
      return named(params, (name) => ({ kind: 'prompt', name }));
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return aimAt(text(params, 'uri'), (uri) => ({ kind: 'resource', uri }), 'params.uri');
    case 'tasks/get':
    case 'tasks/result':
    case 'tasks/update':
    case 'tasks/cancel':
      return aimAt(text(params, 'taskId'), (id) => ({ kind: 'task', id }), 'params.taskId');
    case 'completion/complete':
      return readReference(params);
    case 'subscriptions/listen':
      return readSubscribed(params) === undefined ? refused('rpc.params', 'params.notifications') : NOTHING;
    default:
      return NOTHING;
  }
}

function named(params: JsonObject, target: (name: string) => Target): Aim | Refused {
  const aim = aimAt(text(params, 'name'), target, 'params.name');
  const args = params.get('arguments');
  return aim.kind === 'aim' && isJsonObject(args) ? { ...aim, args } : aim;
}

/** `ref` names a prompt by `name` or a resource by `uri`; with both, two readers could take two targets. */
function readReference(params: JsonObject): Aim | Refused {
  const ref = params.get('ref');
  if (!isJsonObject(ref) || !isCompleted(params.get('argument'))) return refused('rpc.params', 'params.ref');
  const name = ref.get('type') === 'ref/prompt' && !ref.has('uri') ? text(ref, 'name') : undefined;
  if (name !== undefined) return aimAt(name, (prompt) => ({ kind: 'prompt', name: prompt }), 'params.ref.name');
  const uri = ref.get('type') === 'ref/resource' && !ref.has('name') ? text(ref, 'uri') : undefined;
  return aimAt(uri, (resource) => ({ kind: 'resource', uri: resource }), 'params.ref');
}

/** `argument` of a completion: the name of what is completed and the text so far. */
function isCompleted(argument: unknown): boolean {
  if (!(argument instanceof Map)) return false;
  return typeof argument.get('name') === 'string' && typeof argument.get('value') === 'string';
}

function aimAt(name: string | undefined, target: (name: string) => Target, member: string): Aim | Refused {
  return name === undefined ? refused('rpc.params', member) : { kind: 'aim', target: target(name), args: EMPTY_OBJECT };
}

/** The member as a text that is not empty. */
function text(object: JsonObject, member: string): string | undefined {
  const value = object.get(member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
