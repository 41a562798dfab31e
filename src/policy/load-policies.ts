import type { Catalogue } from '../catalogue/catalogue.ts';
import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import { fromPlain } from '../kit/json.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { checkFallback } from './check-fallback.ts';
import { readClassRules } from './class-rules.ts';
import { checkNames, serversOf } from './check-names.ts';
import { CompiledPolicies } from './compiled-policies.ts';
import { Findings } from './findings.ts';
import type { LimitSurroundings } from './limit-template.ts';
import { lintRules } from './lint.ts';
import { type PolicySource, readPolicyFiles } from './policy-source.ts';
import { readRule } from './read-rule.ts';
import { readText as readTextFile } from './read-text.ts';
import type { Rule } from './rule.ts';
import { RuleIndex } from './rule-index.ts';
import { ScopeCompiler } from './scope-compiler.ts';
import { type ReadText, readSets, type Sets } from './sets.ts';

/** What compiling needs besides the files. */
export interface PolicyIo {
  /** Reads a set's file. Default: from the file system, UTF-8. */
  readonly readText?: ReadText;
}

/**
 * Compiles all policy files against the catalogue, or reports everything that is wrong with them.
 *
 * Conditions are type-checked for each tool that their rule matches. No file at all is a policy too: it allows nothing.
 *
 * @throws ProblemsError with every problem, warnings included, when there is at least one error.
 */
export function compilePolicies(
  sources: readonly YamlSource[],
  catalogue: Catalogue,
  { readText = readTextFile }: PolicyIo = {},
): CompiledPolicies {
  const findings = new Findings();
  const files = readPolicyFiles(sources, findings);
  const loaded = files.map((policy) => loadFile(policy, readText, findings));
  const rules = loaded.flatMap((file) => file.rules);
  refuseTwins(rules, findings);
  const index = new RuleIndex();
  for (const file of loaded) {
    for (const rule of file.rules) placeRule(rule, file.sets, catalogue, index, findings);
  }
  const classes = files.flatMap((policy) => readClassRules(policy, catalogue, findings));
  if (findings.errorCount > 0) throw new ProblemsError(findings.all());
  lintRules(rules, catalogue, findings);
  return new CompiledPolicies(digestOf(loaded), findings.all(), rules, index, upstreamsIn(catalogue), classes);
}

function upstreamsIn({ servers }: Catalogue): LimitSurroundings {
  const hosts = new Map([...servers].map(([name, { config }]) => [name, new URL(config.upstream).host]));
  return { upstreamOf: (server) => hosts.get(server) ?? '' };
}

interface LoadedFile {
  readonly policy: PolicySource;
  readonly sets: Sets;
  readonly rules: readonly Rule[];
}

function loadFile(policy: PolicySource, readText: ReadText, findings: Findings): LoadedFile {
  const sets = readSets(policy, readText, findings);
  const rules = policy.file.rules.flatMap((_, index) => readRule(policy, index, findings) ?? []);
  return { policy, sets, rules };
}

/** Rule ids name rules in answers and records, so they are unique over all files. */
function refuseTwins(rules: readonly Rule[], findings: Findings): void {
  const first = new Map<string, Rule>();
  for (const rule of rules) {
    const known = first.get(rule.id);
    if (known === undefined) {
      first.set(rule.id, rule);
      continue;
    }
    const { line } = known.source.locate([...known.path, 'id']);
    const message = `the id is taken by the rule at ${known.source.file}:${line}.`;
    findings.error(rule.source, [...rule.path, 'id'], message, 'Give each rule its own.');
  }
}

function placeRule(rule: Rule, sets: Sets, catalogue: Catalogue, index: RuleIndex, findings: Findings): void {
  checkNames(rule, catalogue, findings);
  checkFallback(rule, catalogue, findings);
  const compiler = new ScopeCompiler(rule, sets, findings);
  for (const server of serversOf(rule, catalogue)) {
    for (const { place, condition } of compiler.scopesOn(server)) index.add(server.name, place, { rule, condition });
  }
}

/**
 * Over the documents and the contents of their sets, in an order that does not depend on file names: comments, layout
 * and where the files lie do not count.
 */
function digestOf(files: readonly LoadedFile[]): string {
  const documents = files.map(({ policy, sets }) => canonicalJson([fromPlain(policy.source.value), sets.values]));
  return sha256Hex(canonicalJson(documents.toSorted()));
}
