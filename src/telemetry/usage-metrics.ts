import Counter from '@prometheus-io/client/lib/counter.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import type Registry from '@prometheus-io/client/lib/registry.js';
import type { Identity } from '../decision/facts.ts';
import type { TokenUsage } from '../decision/token-usage.ts';
import { agentOf } from './agent-of.ts';
import { CatalogueNames } from './call-metrics.ts';
import { LabelSet } from './label-set.ts';
import { MetricBudget } from './metric-budget.ts';
import type { ModelOperation } from './model-operation.ts';

/** What one call used, as it is counted. */
export interface CountedUsage {
  /** The server, or the passthrough route. */
  readonly server: string;
  readonly tool: string | undefined;
  /** Who called; `undefined` where nobody is asked. */
  readonly caller: Identity | undefined;
  /** By the rule or the budget with the price, in its unit. */
  readonly costs: ReadonlyMap<string, number> | undefined;
  readonly tokens: TokenUsage | undefined;
  /** What was asked of whom, where a model was. */
  readonly model: { readonly provider: 'openai' | 'anthropic'; readonly operation: ModelOperation } | undefined;
}

/** The names by which usage is told apart: everything else counts as `_other` or `_invalid`. */
export interface UsageNames {
  readonly servers: Iterable<readonly [server: string, tools: Iterable<string>]>;
  /** Names of rules and budgets that have a price, each with its unit. */
  readonly prices: Iterable<readonly [name: string, unit: string]>;
  readonly tenants: Iterable<string>;
  /** None: agents are not told apart. */
  readonly agents: Iterable<string>;
}

/** Counts what calls used. */
export interface UsageMetrics {
  setUsageNames(names: UsageNames): void;
  used(usage: CountedUsage): void;
}

/** Of the semantic conventions for generative AI, tokens. */
const BUCKETS = [4 ** 0, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 4 ** 10, 4 ** 11, 4 ** 12, 4 ** 13];
const MAX_HISTOGRAM_SETS = 250;
const MAX_COUNTER_SETS = 2000;
const OTHER = '_other';

/** Makes them, with the budgets of their label sets. */
export function registerUsage(registry: Registry): UsageMetrics & { readonly budgets: readonly MetricBudget[] } {
  const m = register(registry);
  const names = new Names();
  const budgets = {
    perRequest: new MetricBudget('gen_ai_client_token_usage', MAX_HISTOGRAM_SETS),
    tokens: new MetricBudget('sallyport_tokens_total', MAX_COUNTER_SETS),
    costs: new MetricBudget('sallyport_cost_total', MAX_COUNTER_SETS),
    agentTokens: new MetricBudget('sallyport_agent_tokens_total', MAX_COUNTER_SETS),
    agentCosts: new MetricBudget('sallyport_agent_cost_total', MAX_COUNTER_SETS),
  };

  const countTokens = (
    { server, tenant, agent }: Folded,
    { input, output, cacheRead, cacheWrite }: TokenUsage,
  ): void => {
    for (const [type, tokens] of Object.entries({ input, output, cache_read: cacheRead, cache_write: cacheWrite })) {
      if (tokens === 0) continue;
      const [ofTenant = OTHER, at = OTHER] = budgets.tokens.fold([tenant, server], [type]);
      m.tokens.inc({ server: at, tenant: ofTenant, type }, tokens);
      if (agent === undefined) continue;
      m.agentTokens.inc({ agent: budgets.agentTokens.fold([agent], [type])[0] ?? OTHER, type }, tokens);
    }
  };

  const countRequest = (server: string, model: CountedUsage['model'], tokens: TokenUsage): void => {
    if (model === undefined) return;
    const { input, output, cacheRead, cacheWrite } = tokens;
    const closed = { gen_ai_operation_name: model.operation, gen_ai_provider_name: model.provider };
    // The conventions count what came from a cache as input.
    for (const [type, sum] of Object.entries({ input: input + cacheRead + cacheWrite, output })) {
      const [at = OTHER] = budgets.perRequest.fold([server], [...Object.values(closed), type]);
      m.perRequest.observe({ server: at, ...closed, gen_ai_token_type: type }, sum);
    }
  };

  const countCost = ({ server, tool, tenant, agent }: Folded, name: string, cost: number): void => {
    const [rule, unit] = names.price(name);
    const folded = budgets.costs.fold([tool, tenant, rule, server], [unit]);
    const [ofTool = OTHER, ofTenant = OTHER, by = OTHER, at = OTHER] = folded;
    m.costs.inc({ server: at, tool: ofTool, tenant: ofTenant, rule: by, unit }, cost);
    if (agent === undefined) return;
    const [ofAgent = OTHER, byRule = OTHER] = budgets.agentCosts.fold([agent, rule], [unit]);
    m.agentCosts.inc({ agent: ofAgent, rule: byRule, unit }, cost);
  };

  return {
    budgets: Object.values(budgets),
    setUsageNames: (those) => names.replace(those),
    used({ costs, tokens, model, ...usage }) {
      const folded = names.fold(usage);
      for (const [name, cost] of costs ?? []) countCost(folded, name, cost);
      if (tokens === undefined) return;
      countTokens(folded, tokens);
      countRequest(folded.server, model, tokens);
    },
  };
}

/** The values that a call is labelled with. */
interface Folded {
  readonly server: string;
  /** Empty for what is no tool. */
  readonly tool: string;
  /** Empty for a caller of no tenant. */
  readonly tenant: string;
  /** `undefined`: agents are not told apart, or nobody called. */
  readonly agent: string | undefined;
}

class Names {
  readonly #catalogue = new CatalogueNames();
  readonly #tenants = new LabelSet([]);
  readonly #agents = new LabelSet([]);
  readonly #rules = new LabelSet([]);
  readonly #units = new LabelSet([]);
  #unitOf: ReadonlyMap<string, string> = new Map();
  #tellsAgents = false;

  replace({ servers, prices, tenants, agents }: UsageNames): void {
    const known = [...agents];
    this.#tellsAgents = known.length > 0;
    this.#agents.replace(known);
    this.#tenants.replace(tenants);
    this.#catalogue.replace(servers);
    this.#unitOf = new Map(prices);
    this.#rules.replace(this.#unitOf.keys());
    this.#units.replace(this.#unitOf.values());
  }

  fold({ server, tool, caller }: Pick<CountedUsage, 'server' | 'tool' | 'caller'>): Folded {
    const [at, of] = this.#catalogue.fold(server, tool);
    const agent = this.#tellsAgents ? agentOf(caller) : undefined;
    return {
      server: at,
      tool: of,
      tenant: caller?.tenant === undefined ? '' : this.#tenants.fold(caller.tenant),
      agent: agent === undefined ? undefined : this.#agents.fold(agent),
    };
  }

  /** A price that a reload took away meanwhile has no unit any more. */
  price(name: string): readonly [rule: string, unit: string] {
    const unit = this.#unitOf.get(name);
    return [this.#rules.fold(name), unit === undefined ? OTHER : this.#units.fold(unit)];
  }
}

function register(registry: Registry) {
  const registers = [registry];
  return {
    perRequest: new Histogram({
      name: 'gen_ai_client_token_usage',
      help: 'Tokens of a request to a model, as its reply says; input is all input, from a cache or not.',
      labelNames: ['server', 'gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_token_type'],
      buckets: BUCKETS,
      registers,
    }),
    tokens: new Counter({
      name: 'sallyport_tokens_total',
      help: 'Tokens that replies of models say were used, by route and tenant, each once: cached input is no input.',
      labelNames: ['server', 'tenant', 'type'],
      registers,
    }),
    costs: new Counter({
      name: 'sallyport_cost_total',
      help: 'What replies say that calls cost, by the rule or budget with the price, in its unit.',
      labelNames: ['server', 'tool', 'tenant', 'rule', 'unit'],
      registers,
    }),
    agentTokens: new Counter({
      name: 'sallyport_agent_tokens_total',
      help: 'Tokens by agent; only where telemetry.metrics.agents names some.',
      labelNames: ['agent', 'type'],
      registers,
    }),
    agentCosts: new Counter({
      name: 'sallyport_agent_cost_total',
      help: 'Costs by agent; only where telemetry.metrics.agents names some.',
      labelNames: ['agent', 'rule', 'unit'],
      registers,
    }),
  };
}
