import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Config } from '../config/schema.ts';
import type { CompiledPolicies } from '../policy/compiled-policies.ts';
import type { UsageNames } from '../telemetry/usage-metrics.ts';

/** The names by which usage is told apart in metrics: all of them are the operator's. */
export function usageNamesOf(config: Config, catalogue: Catalogue, policies: CompiledPolicies): UsageNames {
  const { passthrough, authenticate, telemetry } = config;
  const budgets = Object.values(passthrough).flatMap(({ budget }) => budget ?? []);
  return {
    servers: [
      ...Object.keys(passthrough).map((name) => [name, []] as const),
      ...[...catalogue.servers].map(([name, { tools }]) => [name, tools.keys()] as const),
    ],
    prices: [
      ...budgets.map(({ name, unit }) => [name, unit] as const),
      ...policies.rules.flatMap(({ price }) => (price === undefined ? [] : [[price.name, price.unit] as const])),
    ],
    tenants: [...authenticate.issuers.flatMap(({ tenant }) => namedTenant(tenant)), ...telemetry.metrics.tenants],
    agents: telemetry.metrics.agents,
  };
}

function namedTenant(tenant: Config['authenticate']['issuers'][number]['tenant']): readonly string[] {
  return tenant !== undefined && 'name' in tenant ? [tenant.name] : [];
}
