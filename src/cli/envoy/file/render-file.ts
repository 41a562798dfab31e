import { bootstrap } from './bootstrap.ts';
import type { EnvoyPlan } from './envoy-plan.ts';
import { headOf } from './head-of.ts';
import { writeRemarked } from './write-remarked.ts';

/** The text of a whole Envoy configuration. */
export function renderFile(plan: EnvoyPlan): string {
  return writeRemarked(bootstrap(plan), headOf(plan));
}
