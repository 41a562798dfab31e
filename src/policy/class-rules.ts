import type { ClassedField, MaskedClass } from '../call/field-classes.ts';
import type { Target } from '../call/call.ts';
import type { Catalogue, CatalogueServer } from '../catalogue/catalogue.ts';
import { classedFields, unknownFields } from '../catalogue/classes-of-tool.ts';
import { nearest } from '../kit/nearest.ts';
import type { Findings } from './findings.ts';
import { isNamed, type NamePattern, patternOf } from './name-pattern.ts';
import type { PolicySource } from './policy-source.ts';
import type { WrittenClass } from './policy-file.ts';

/** One entry of a file's `classes`: what it makes stricter, and where. */
export interface ClassRule {
  readonly server: NamePattern;
  readonly kind: 'tool' | 'prompt';
  readonly name: NamePattern;
  readonly fields: readonly ClassedField<MaskedClass>[];
}

/** Reads the `classes` of a file. Names that nothing has are errors: a misspelt protection protects nothing. */
export function readClassRules(policy: PolicySource, catalogue: Catalogue, findings: Findings): readonly ClassRule[] {
  return (policy.file.classes ?? []).map((written, index) => {
    const rule = ruleOf(written);
    checkClassRule(rule, written, catalogue, (path, message, suggestion) =>
      findings.errorAtKey(policy.source, ['classes', index, ...path], message, suggestion),
    );
    return rule;
  });
}

/** What the rules make stricter of the arguments of this tool or prompt. */
export function stricterFields(
  rules: readonly ClassRule[],
  server: string,
  target: Target,
): readonly ClassedField<MaskedClass>[] {
  if (target.kind !== 'tool' && target.kind !== 'prompt') return [];
  return rules
    .filter((rule) => rule.kind === target.kind && isNamed(rule.server, server) && isNamed(rule.name, target.name))
    .flatMap(({ fields }) => fields);
}

function ruleOf({ match, fields }: WrittenClass): ClassRule {
  return {
    server: patternOf(match.server ?? '*'),
    kind: match.tool === undefined ? 'prompt' : 'tool',
    name: patternOf(match.tool ?? match.prompt ?? []),
    fields: classedFields(new Map(Object.entries(fields))),
  };
}

type Report = (path: readonly string[], message: string, suggestion?: string) => void;

function checkClassRule(rule: ClassRule, { fields }: WrittenClass, catalogue: Catalogue, report: Report): void {
  const servers = [...catalogue.servers.values()].filter(({ name }) => isNamed(rule.server, name));
  if (servers.length === 0)
    return report(['match', 'server'], 'no server is called so.', near(rule.server, catalogue.servers.keys()));
  if (rule.kind === 'prompt') return;
  const tools = servers.flatMap((server) => toolsNamed(server, rule.name));
  if (tools.length === 0)
    return report(
      ['match', 'tool'],
      'no pinned tool is called so.',
      near(
        rule.name,
        servers.flatMap((each) => [...each.tools.keys()]),
      ),
    );
  for (const pointer of Object.keys(fields)) {
    const missing = tools.map(({ definition }) => unknownFields(definition, [pointer])[0]);
    if (missing.includes(undefined)) continue;
    report(['fields', pointer], 'the tool has no such argument.', meant(missing[0]?.suggestion));
  }
}

function toolsNamed({ tools }: CatalogueServer, name: NamePattern) {
  return [...tools.values()].filter((tool) => isNamed(name, tool.name));
}

function near({ literals }: NamePattern, known: Iterable<string>): string | undefined {
  const [first = ''] = literals;
  return meant(nearest(first, known));
}

function meant(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `Did you mean ${JSON.stringify(word)}?`;
}
