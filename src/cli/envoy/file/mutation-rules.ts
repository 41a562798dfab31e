import { ENVOY_OWNED } from '../../../transports/envoy/envoy-owned.ts';
import type { RemarkedMap } from './remarked.ts';

/** Fields that nobody may set or remove by an answer of ext_authz. */
export function extAuthzMutationRules(): RemarkedMap {
  return rules(ENVOY_OWNED);
}

/** The same for ext_proc, where a replaced body comes with its own length, which Envoy compares. */
export function extProcMutationRules(): RemarkedMap {
  return rules(ENVOY_OWNED.filter((name) => name !== 'content-length'));
}

function rules(names: readonly string[]): RemarkedMap {
  return {
    disallow_expression: { regex: `^(:.*|${names.join('|')})$` },
    disallow_is_error: true,
    allow_envoy: true,
  };
}
