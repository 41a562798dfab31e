import { anyOfArguments } from './any-of-arguments.ts';
import type { Capability, NameGrant, ToolGrant } from './capability.ts';

/** Two grants for the same tool that no single grant stands for without widening one of them. */
export class UnmergeableError extends Error {
  override readonly name = 'UnmergeableError';
  readonly tool: string;

  constructor(tool: string, message: string) {
    super(message);
    this.tool = tool;
  }
}

/**
 * What either of two entries grants, and nothing that only both together would: the arguments of a call must be
 * satisfied wholly by one of them.
 *
 * A named tool keeps its own grant when the other entry grants `*`: less than the plain union, never more.
 *
 * Budgets of either hold for the calls of both: less than the plain union, too.
 *
 * @throws UnmergeableError when both name a tool but differ in the definition, the effects or the limits they were given with.
 */
export function unionCapabilities(one: Capability, other: Capability): Capability {
  const tools = new Map(one.tools);
  for (const [name, grant] of other.tools) {
    const already = tools.get(name);
    tools.set(name, already === undefined ? grant : unionToolGrants(name, already, grant));
  }
  const budgets = [...(one.budgets ?? []), ...(other.budgets ?? [])];
  return {
    tools,
    prompts: unionNames(one.prompts, other.prompts),
    resources: unionNames(one.resources, other.resources),
    ...(budgets.length === 0 ? {} : { budgets }),
  };
}

function unionToolGrants(name: string, one: ToolGrant, other: ToolGrant): ToolGrant {
  if (one.schemaSha256 !== other.schemaSha256) {
    throw new UnmergeableError(name, 'is granted twice with different schema_s256');
  }
  if (effectsText(one) !== effectsText(other)) {
    throw new UnmergeableError(name, 'is granted twice with different effects');
  }
  if (limitsText(one) !== limitsText(other)) {
    throw new UnmergeableError(name, 'is granted twice with different limits');
  }
  const both =
    one.arguments === undefined || other.arguments === undefined
      ? undefined
      : anyOfArguments(one.arguments, other.arguments);
  return { ...one, arguments: both };
}

function effectsText({ effects }: ToolGrant): string {
  return effects === undefined ? 'any' : `only ${[...new Set(effects)].toSorted().join(',')}`;
}

function limitsText({ limits }: ToolGrant): string {
  return limits === undefined ? 'any' : JSON.stringify(limits);
}

function unionNames(one: NameGrant, other: NameGrant): NameGrant {
  return { all: one.all || other.all, names: one.names.union(other.names) };
}
