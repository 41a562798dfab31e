import { parseDocument } from 'yaml';
import { CommandError } from '../command-error.ts';
import type { ServerEntry } from './draft-project.ts';

/**
 * A configuration with this entry in its `servers:` section, in place of one of the same name. Everything else stays, comments
 * too.
 *
 * @param file Name of the configuration, for errors.
 * @throws CommandError when the text is no YAML, or its servers are no map.
 */
export function mergeServer(file: string, text: string, name: string, server: ServerEntry): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  const because = fault === undefined ? unmergeable(document.toJS()) : fault.message.split('\n', 1)[0];
  if (because !== undefined) {
    throw new CommandError(`${file} cannot be added to: ${because} Correct it, or move it away for a new one.`);
  }
  // An empty section is a value and no map yet.
  if (isMap(document.toJS()?.servers)) document.setIn(['servers', name], document.createNode(server));
  else document.set('servers', document.createNode({ [name]: server }));
  return document.toString({ lineWidth: 0 });
}

/** What keeps a server from being added. */
function unmergeable(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!isMap(value)) return 'it is no map.';
  return value['servers'] === undefined || value['servers'] === null || isMap(value['servers'])
    ? undefined
    : 'its servers are no map.';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
