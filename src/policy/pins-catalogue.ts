import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue, CatalogueServer } from '../catalogue/catalogue.ts';
import { type ServerConfig, serverConfigOf, serverSchema } from '../catalogue/config.ts';
import { catalogueOf } from '../catalogue/load-catalogue.ts';
import { pinnedTool } from '../catalogue/pinned-tool.ts';
import { readPins } from '../catalogue/pins-file.ts';
import { type Problem, problemOfFile, ProblemsError } from '../kit/problem.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';

/**
 * The catalogue of a directory of pins files, for looking at rules without a service: what rules are checked against is
 * there, where the servers are is made up.
 *
 * @throws ProblemsError for a directory or file that cannot be read.
 */
export function pinsCatalogue(directory: string): Catalogue {
  const problems: Problem[] = [];
  const servers = new Map<string, CatalogueServer>();
  for (const file of pinsFiles(directory, problems)) {
    try {
      const server = readServer(file);
      servers.set(server.name, server);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return catalogueOf(servers);
}

function pinsFiles(directory: string, problems: Problem[]): readonly string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
    if (names.length > 0) return names.toSorted().map((name) => join(directory, name));
    problems.push(problemOfFile(directory, 'holds no pins files (*.json).'));
  } catch (error) {
    problems.push(problemOfFile(directory, `the directory ${whyUnreadable(error)}`));
  }
  return [];
}

function readServer(file: string): CatalogueServer {
  const bytes = readFileSync(file);
  const name = serverNameIn(bytes) ?? '';
  const tools = readPins(file, bytes, name).map(pinnedTool);
  return { name, config: madeUpConfig(file), tools: new Map(tools.map((tool) => [tool.name, tool])) };
}

/** The `server` member; whether the file is right is for `readPins()` to say. */
function serverNameIn(bytes: Uint8Array): string | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof document !== 'object' || document === null || !('server' in document)) return undefined;
    return typeof document.server === 'string' ? document.server : undefined;
  } catch {
    return undefined;
  }
}

function madeUpConfig(pins: string): ServerConfig {
  const identity = 'anonymous';
  return serverConfigOf(serverSchema.parse({ route: '/mcp', upstream: 'http://upstream.invalid/', identity, pins }));
}
