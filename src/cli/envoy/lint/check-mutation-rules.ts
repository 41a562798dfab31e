import { compileRe2 } from '../../../constraint/re2.ts';
import { ENVOY_OWNED } from '../../../transports/envoy/envoy-owned.ts';
import { RETRY_STEERING } from '../../../transports/envoy/steering-headers.ts';
import { type Finding, when } from './finding.ts';
import type { LintCode } from './lint-rules.ts';
import type { Place } from './place.ts';

/** Names that must not be changed: those that frame or route. */
const FORBIDDEN: readonly string[] = [...ENVOY_OWNED, ':path', ':method', ':authority', ':scheme'];
/** Names that Sallyport sets or removes for its work. */
const NEEDED: readonly string[] = [
  'sallyport-decision-id',
  'authorization',
  'cookie',
  'mcp-session-id',
  'ratelimit',
  'ratelimit-policy',
  'x-forwarded-for',
  'idempotency-key',
  ...RETRY_STEERING,
];
const ROUTING: ReadonlySet<string> = new Set(['host', ':authority', ':scheme', ':method']);

/** Codes for the rules of one filter. */
export interface MutationCodes {
  readonly open: LintCode;
  readonly ignored: LintCode;
  readonly needed: LintCode;
}

/**
 * Whether header mutation rules forbid what they must, and nothing that is needed.
 *
 * @param except Names that this filter may change.
 */
export function checkMutationRules(rules: Place, codes: MutationCodes, except: readonly string[]): readonly Finding[] {
  const may = readRules(rules);
  const open = FORBIDDEN.filter((name) => !except.includes(name)).some(may);
  return [
    ...when(open, codes.open, rules),
    ...when(rules.exists && !rules.at('disallow_is_error').isOn, codes.ignored, rules.at('disallow_is_error')),
    ...when(rules.exists && !NEEDED.every(may), codes.needed, rules),
  ];
}

/** Whether a field of this name may be changed, in the order in which Envoy asks. */
function readRules(rules: Place): (name: string) => boolean {
  if (!rules.exists) return () => true;
  const disallowed = matcher(rules.at('disallow_expression', 'regex'), false);
  const allowed = matcher(rules.at('allow_expression', 'regex'), true);
  return (name) => {
    if (disallowed(name)) return false;
    if (allowed(name)) return true;
    if (rules.at('disallow_all').isOn) return false;
    if (rules.at('disallow_system').isOn && name.startsWith(':')) return false;
    if (ROUTING.has(name)) return rules.at('allow_all_routing').isOn;
    return !name.startsWith('x-envoy') || rules.at('allow_envoy').isOn;
  };
}

/** An expression that cannot be read forbids nothing, and allows everything. */
function matcher(regex: Place, unreadable: boolean): (name: string) => boolean {
  if (regex.text === undefined) return () => false;
  try {
    const compiled = compileRe2(regex.text);
    return (name) => compiled.testWhole(name);
  } catch {
    return () => unreadable;
  }
}
