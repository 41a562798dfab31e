import { isJsonObject, type JsonObject } from '../kit/json.ts';
import type { Call } from './call.ts';
import { CLIENT_CAPABILITIES } from './meta-keys.ts';
import type { Operation } from './treatment.ts';

/** What a tool server may ask for instead of answering (2026-07-28, multi round-trip requests), by the client's capability. */
const ASKED_FOR = ['elicitation', 'sampling', 'roots'] as const;
/** The extension by which a tool server may answer a call with a task (capabilities, `extensions`). */
const TASKS = 'io.modelcontextprotocol/tasks';
/** The only requests that may be answered in such a way. */
const ASKABLE: ReadonlySet<Operation> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * Whether the tool server may answer `call` with a name that its client is to come back with: a `requestState`, or the id of a
 * task. That is so where the client declares in `_meta` that it can be asked or take tasks, as revision 2026-07-28 demands of
 * it. Before that revision servers ask by requests of their own, which name nothing.
 */
export function mayAskBack({ era, operation, params }: Pick<Call, 'era' | 'operation' | 'params'>): boolean {
  if (era === 'legacy' || !ASKABLE.has(operation)) return false;
  const meta = params.get('_meta');
  const declared = isJsonObject(meta) ? meta.get(CLIENT_CAPABILITIES) : undefined;
  return isJsonObject(declared) && (ASKED_FOR.some((capability) => declared.has(capability)) || takesTasks(declared));
}

function takesTasks(declared: JsonObject): boolean {
  const extensions = declared.get('extensions');
  return isJsonObject(extensions) && extensions.has(TASKS);
}
