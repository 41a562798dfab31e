import type { Capability, NameGrant, ToolGrant } from '../../capability/capability.ts';
import type { ToolLimits } from '../../capability/token-budget.ts';
import { boundText } from '../../kit/bound-text.ts';

/** What a capability grants, a line each. */
export function describeCapability({ tools, prompts, resources, budgets = [] }: Capability): readonly string[] {
  const lines = [
    ...[...tools].map(([name, grant]) => `tool ${shown(name)}: ${describeTool(grant)}`),
    ...describeNames('prompt', prompts),
    ...describeNames('resource', resources),
    ...budgets.map(
      ({ per, ...allowance }) => `${per === 'txn' ? 'transaction' : 'all'}: ${describeAllowance(allowance)}`,
    ),
  ];
  return lines.length === 0 ? ['nothing'] : lines;
}

function describeTool({ arguments: constraints, schemaSha256, effects, limits }: ToolGrant): string {
  const names = constraints?.names ?? [];
  const granted = names.length === 0 ? 'no arguments' : `arguments ${names.map(shown).join(', ')}`;
  return [
    constraints === undefined ? 'any arguments' : granted,
    ...(effects === undefined ? [] : [`only effects ${effects.join(', ')}`]),
    ...(schemaSha256 === undefined ? [] : [`only definition ${schemaSha256.slice(0, 12)}…`]),
    ...(limits === undefined ? [] : [describeAllowance(limits)]),
  ].join('; ');
}

function describeAllowance({ calls, cost, concurrent, rate }: ToolLimits): string {
  return [
    ...(calls === undefined ? [] : [`at most ${calls} calls`]),
    ...(cost === undefined ? [] : [`at most ${cost.amount} ${cost.unit}`]),
    ...(concurrent === undefined ? [] : [`at most ${concurrent} at once`]),
    ...(rate === undefined ? [] : [`${rate.tokens} in ${rate.perS} s, ${rate.burst} at once`]),
  ].join(', ');
}

function describeNames(kind: string, { all, names }: NameGrant): readonly string[] {
  return all ? [`${kind} *`] : [...names].map((name) => `${kind} ${shown(name)}`);
}

function shown(text: string): string {
  return boundText(text, 200);
}
