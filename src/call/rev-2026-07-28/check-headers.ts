import { compareMethod, compareName, compareParams } from '../header-agreement.ts';
import type { Refused } from '../refused.ts';
import type { Mirrored } from '../revision-family.ts';

/** Methods whose request must repeat its name, URI or task id in `Mcp-Name`. */
const NAMED: ReadonlySet<string | undefined> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
]);

/**
 * 2026-07-28 Streamable HTTP, "Standard Request Headers": requests carry `Mcp-Method`, `Mcp-Name` for six methods, and
 * `Mcp-Param-*` for each argument that the tool declares and the call gives. For notifications nothing is required.
 */
export function checkHeaders({ headers, message, aim, declared }: Mirrored): Refused | undefined {
  const presence = message.kind === 'request' ? 'required' : 'optional';
  return (
    compareMethod(headers, message.method, presence) ??
    compareName(headers, aim.target, NAMED.has(message.method) ? presence : 'optional') ??
    compareParams(headers, declared, aim.args, presence)
  );
}
