import type { Catalogue, PinnedTool } from '../catalogue/catalogue.ts';
import { compileSchema } from '../constraint/schema/compile-schema.ts';
import { fromPlain, isJsonObject } from '../kit/json.ts';
import { nearest } from '../kit/nearest.ts';
import { serversOf } from './check-names.ts';
import type { FallbackSpec } from './fallback-spec.ts';
import type { Findings } from './findings.ts';
import type { Rule } from './rule.ts';
import { placesOf } from './rule-places.ts';

/**
 * Reports tools for which a fallback must not stand in: those that do more than read, since nobody could tell whether it was
 * done; and those whose results have a schema that its result does not fit, which clients would refuse.
 */
export function checkFallback(rule: Rule, catalogue: Catalogue, findings: Findings): void {
  if (rule.fallback === undefined) return;
  const { source, path } = rule;
  for (const [server, tool] of toolsOf(rule, catalogue)) {
    const effects = tool.effects.filter((effect) => effect !== 'read');
    const tools = catalogue.servers.get(server)?.tools ?? new Map();
    const named = `${JSON.stringify(tool.name)} on ${JSON.stringify(server)}`;
    if (!onlyReads(tool)) {
      const has = effects.length > 0 ? `the effects ${effects.join(', ')}` : 'no effects pinned';
      const message = `${named} has ${has}, and a fallback is for tools that only read.`;
      findings.error(source, [...path, 'match', 'tool'], message, suggest(tools));
      continue;
    }
    const stranger = strangerOf(rule.fallback, server, tool, catalogue);
    if (stranger !== undefined) {
      findings.error(source, [...path, 'fallback', 'server'], stranger.message, stranger.suggestion);
      continue;
    }
    const misfit = misfitOf(rule, tool);
    if (misfit === undefined) continue;
    const message = `${named} has an outputSchema, and ${misfit}.`;
    findings.error(source, [...path, 'fallback', 'static'], message, 'Add structured as the schema says.');
  }
}

function onlyReads({ effects }: PinnedTool): boolean {
  return effects.length > 0 && effects.every((effect) => effect === 'read');
}

function suggest(tools: ReadonlyMap<string, PinnedTool>): string {
  const reading = [...tools.values()].filter(onlyReads).map(({ name }) => name);
  if (reading.length === 0) return 'No tool of that server does.';
  return `Name some of those: ${reading.slice(0, 8).join(', ')}${reading.length > 8 ? ', …' : ''}.`;
}

interface Stranger {
  readonly message: string;
  readonly suggestion: string;
}

/** Why the server that is to be called instead cannot be: its tool must be the very same, or arguments would mean others. */
function strangerOf(
  { source }: FallbackSpec,
  from: string,
  { name, pin }: PinnedTool,
  { servers }: Catalogue,
): Stranger | undefined {
  if (source.kind !== 'server') return undefined;
  const other = JSON.stringify(source.server);
  const tools = servers.get(source.server)?.tools;
  if (tools === undefined) {
    const meant = nearest(source.server, servers.keys());
    const suggestion = meant === undefined ? 'Name one of the catalogue.' : `Did you mean ${JSON.stringify(meant)}?`;
    return { message: `no server is called ${other}.`, suggestion };
  }
  if (source.server === from) return { message: `${other} is the server that fails.`, suggestion: 'Name another.' };
  const twin = tools.get(name);
  if (twin !== undefined && twin.pin === pin && onlyReads(twin)) return undefined;
  const message = `${other} has no pinned tool ${JSON.stringify(name)} with the same definition that only reads.`;
  return { message, suggestion: 'Name a server that offers the same, or narrow match.' };
}

function toolsOf(rule: Rule, catalogue: Catalogue): readonly (readonly [string, PinnedTool])[] {
  return serversOf(rule, catalogue).flatMap((server) =>
    placesOf(rule.match, server).flatMap((place) => {
      const tool = place.kind === 'tool' ? server.tools.get(place.tool) : undefined;
      return tool === undefined ? [] : [[server.name, tool] as const];
    }),
  );
}

/** A result that says that the tool failed needs no structure (2025-06-18, tools, "Output Schema"). */
function misfitOf({ written }: Rule, { definition }: PinnedTool): string | undefined {
  const schema = definition.get('outputSchema');
  const fixed = written.fallback?.static;
  if (!isJsonObject(schema) || fixed === undefined || fixed.is_error) return undefined;
  if (fixed.structured === undefined) return 'the result has no structured part';
  const violation = compileSchema(schema).validate(fromPlain(fixed.structured));
  return violation === undefined ? undefined : `structured${violation.pointer} ${violation.message}`;
}
