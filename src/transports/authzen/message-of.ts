import { canonicalJson } from '../../kit/canonical-json.ts';
import type { JsonValue } from '../../kit/json.ts';
import type { Evaluation } from './read-evaluations.ts';

/** What may be asked: for each type of resource the actions, which are methods of MCP, and the parameter that names it. */
const KINDS: ReadonlyMap<string, { readonly actions: readonly string[]; readonly named: string }> = new Map([
  ['tool', { actions: ['tools/call'], named: 'name' }],
  ['prompt', { actions: ['prompts/get'], named: 'name' }],
  ['resource', { actions: ['resources/read', 'resources/subscribe', 'resources/unsubscribe'], named: 'uri' }],
]);

/**
 * The MCP message whose call is asked about; `undefined` when there is no such call. The reader of calls then makes of it what
 * it makes of every other message.
 */
export function messageOf({ action, resource, args }: Evaluation): Uint8Array | undefined {
  const kind = KINDS.get(resource.type);
  if (kind?.actions.includes(action) !== true) return undefined;
  const params = new Map<string, JsonValue>([[kind.named, resource.id]]);
  if (args !== undefined) params.set('arguments', args);
  const message = new Map<string, JsonValue>([
    ['jsonrpc', '2.0'],
    ['id', 1],
    ['method', action],
    ['params', params],
  ]);
  return Buffer.from(canonicalJson(message));
}
