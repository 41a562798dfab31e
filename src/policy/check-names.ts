import type { Catalogue, CatalogueServer } from '../catalogue/catalogue.ts';
import { nearest } from '../kit/nearest.ts';
import type { Findings } from './findings.ts';
import { isNamed, patternOf } from './name-pattern.ts';
import type { Rule } from './rule.ts';
import { methodsOf } from './rule-places.ts';

/** Servers of the catalogue that a rule names. */
export function serversOf({ match }: Rule, catalogue: Catalogue): readonly CatalogueServer[] {
  const { server } = match;
  const servers = [...catalogue.servers.values()];
  return server === undefined ? servers : servers.filter(({ name }) => isNamed(server, name));
}

/** Reports servers, tools and methods that a rule names and the catalogue does not have: such a rule guards nothing. */
export function checkNames(rule: Rule, catalogue: Catalogue, findings: Findings): void {
  const { server, tool, method } = rule.written.match;
  const servers = serversOf(rule, catalogue);
  check(rule, 'server', server, new Set(catalogue.servers.keys()), 'no server is called', findings);
  if (servers.length === 0) return;
  const where = servers.length === 1 ? ` on ${JSON.stringify(servers[0]?.name)}` : '';
  const tools = new Set(servers.flatMap(({ tools: pinned }) => [...pinned.keys()]));
  check(rule, 'tool', tool, tools, `no pinned tool${where} is called`, findings);
  const methods = new Set(servers.flatMap((each) => [...methodsOf(each).keys()]));
  check(rule, 'method', method, methods, `no method${where} is called`, findings);
}

function check(
  { source, path }: Rule,
  field: string,
  written: string | readonly string[] | undefined,
  known: ReadonlySet<string>,
  says: string,
  findings: Findings,
): void {
  if (written === undefined) return;
  const names = typeof written === 'string' ? [written] : written;
  for (const [index, name] of names.entries()) {
    const pattern = patternOf(name);
    if (known.has(name) || [...known].some((each) => isNamed(pattern, each))) continue;
    const place = [...path, 'match', field, ...(typeof written === 'string' ? [] : [index])];
    findings.error(source, place, `${says} ${JSON.stringify(name)}.`, suggest(name, known));
  }
}

function suggest(name: string, known: ReadonlySet<string>): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `Did you mean ${JSON.stringify(meant)}?`;
  if (known.size === 0) return 'There is none.';
  const some = [...known].slice(0, 8).join(', ');
  return `Known: ${some}${known.size > 8 ? ', …' : ''}.`;
}
