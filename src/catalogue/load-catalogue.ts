import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import { fromPlain } from '../kit/json.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { type Catalogue, type CatalogueServer, isUsable } from './catalogue.ts';
import { checkNames } from './check-names.ts';
import { checkServers } from './check-servers.ts';
import { type ServerConfig, serverConfigOf, type ServersSection } from './config.ts';
import { hiddenStrings } from './hidden-strings.ts';
import { pinnedTool } from './pinned-tool.ts';
import { readPins } from './pins-file.ts';
import { visibleText } from './visible-text.ts';

export interface LoadCatalogueOptions {
  /** The file that holds the `servers:` section, for positions. */
  readonly source: YamlSource;
  /** Reads a pins file; the path is as written in the section. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
}

/** A catalogue, and what an operator should know about it. */
export interface LoadedCatalogue {
  readonly catalogue: Catalogue;
  /** Tools that cannot be enforced, misleading names, hidden text: none of them keeps the catalogue from being used. */
  readonly warnings: readonly Problem[];
}

/**
 * Makes the catalogue of the configured servers with their pins.
 *
 * @throws ProblemsError with every problem of every server: contradictions in the section, a pins file that is missing or
 *   does not hold what it says.
 */
export async function loadCatalogue(section: ServersSection, options: LoadCatalogueOptions): Promise<LoadedCatalogue> {
  const configs = Object.entries(section).map(([name, written]) => [name, serverConfigOf(written)] as const);
  const problems = [...checkServers(new Map(configs), options.source)];
  const servers = new Map<string, CatalogueServer>();
  for (const [name, config] of configs) {
    try {
      servers.set(name, await loadServer(name, config, options));
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return { catalogue: catalogueOf(servers), warnings: warningsOf(servers) };
}

/** A catalogue of servers that are in memory already. */
export function catalogueOf(servers: ReadonlyMap<string, CatalogueServer>): Catalogue {
  return { servers, digest: digestOf(servers) };
}

async function loadServer(
  name: string,
  config: ServerConfig,
  { source, readFile }: LoadCatalogueOptions,
): Promise<CatalogueServer> {
  const bytes = await readFile(config.pins).catch((cause: unknown) => {
    const advice = 'Run sallyport init to make it, or correct the path.';
    throw new ProblemsError([
      source.problem(['servers', name, 'pins'], `${config.pins} ${whyUnreadable(cause)}`, advice),
    ]);
  });
  const tools = readPins(config.pins, bytes, name).map(pinnedTool);
  return { name, config, tools: new Map(tools.map((tool) => [tool.name, tool])) };
}

function digestOf(servers: ReadonlyMap<string, CatalogueServer>): string {
  const parts = [...servers.values()].map(({ name, config, tools }) => [
    name,
    config.resource ?? null,
    config.identity,
    config.capability,
    config.era,
    [...config.allowMethods],
    [...tools.values()].map(({ pin, risk, effects, idempotent, durability, patterns, classes, validator }) => [
      pin,
      risk,
      [...effects],
      idempotent,
      durability,
      [...(patterns ?? [])],
      'unusable' in validator,
      ...(classes === undefined ? [] : [[...classes]]),
    ]),
  ]);
  return sha256Hex(canonicalJson(fromPlain(parts)));
}

function warningsOf(servers: ReadonlyMap<string, CatalogueServer>): readonly Problem[] {
  const tools = [...servers.values()].flatMap((server) => [...server.tools.values()].map((tool) => ({ server, tool })));
  const names = tools.map(({ server, tool }) => ({ server: server.name, name: tool.name }));
  return [
    ...tools.flatMap(({ server, tool }) =>
      isUsable(tool) || !('unusable' in tool.validator)
        ? []
        : [warning(server, tool.name, `calls are refused: ${visibleText(tool.validator.unusable, 400)}`)],
    ),
    ...tools.flatMap(({ server, tool }) =>
      hiddenStrings(tool.definition).map(({ pointer, shown }) =>
        warning(server, tool.name, `${pointer} has characters that are not seen: ${shown}`),
      ),
    ),
    ...checkNames(names).flatMap((finding) => {
      const server = servers.get(finding.server);
      return server === undefined ? [] : [warning(server, finding.name, finding.message)];
    }),
  ];
}

function warning(server: CatalogueServer, tool: string, message: string): Problem {
  const field = visibleText(tool, 80);
  return { file: server.config.pins, line: 1, column: 1, field, message, severity: 'warning' };
}
