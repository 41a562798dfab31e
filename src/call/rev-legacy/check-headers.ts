import { compareMethod, compareName, compareParams } from '../header-agreement.ts';
import type { Refused } from '../refused.ts';
import type { Mirrored } from '../revision-family.ts';

/**
 * Legacy revisions define none of the mirrored headers, and a legacy server ignores them; whatever stands in front of it
 * may not. So they need not be there, and must not contradict the body.
 */
export function checkHeaders({ headers, message, aim, declared }: Mirrored): Refused | undefined {
  return (
    compareMethod(headers, message.method, 'optional') ??
    compareName(headers, aim.target, 'optional') ??
    compareParams(headers, declared, aim.args, 'optional')
  );
}
