import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { type Catalogue, type CatalogueServer, type PinnedTool } from './catalogue.ts';
import { type ServerConfig, serverConfigOf, serverSchema } from './config.ts';
import { catalogueOf } from './load-catalogue.ts';
import { pinOf } from './pin.ts';
import { type PinnedToolInput, pinnedTool } from './pinned-tool.ts';

/** A plain object in the core's form. */
export function json(plain: object): JsonObject {
  const value = fromPlain(plain);
  if (!isJsonObject(value)) throw new TypeError('not an object');
  return value;
}

/** A tool that reads files. */
export const readFile = {
  name: 'read_file',
  description: 'Read a text file.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' }, limit: { type: 'integer' } },
    required: ['path'],
  },
  annotations: { readOnlyHint: true },
};

/** A tool that destroys. */
export const deleteAll = { name: 'delete_all', description: 'Delete every file.', inputSchema: { type: 'object' } };

export function pinInput(definition: object, traits: Partial<PinnedToolInput> = {}): PinnedToolInput {
  const map = json(definition);
  return {
    definition: map,
    pin: pinOf(map),
    risk: 'low',
    effects: ['read'],
    idempotent: true,
    durability: 'bounded',
    ...traits,
  };
}

export function pinned(definition: object, traits: Partial<PinnedToolInput> = {}): PinnedTool {
  return pinnedTool(pinInput(definition, traits));
}

export function serverConfig(fields: object = {}): ServerConfig {
  return serverConfigOf(
    serverSchema.parse({
      route: '/files',
      upstream: 'http://127.0.0.1:3001/mcp',
      resource: 'http://127.0.0.1:8700/files',
      pins: 'catalogue/files.json',
      ...fields,
    }),
  );
}

/** A server called `files` with these tools. */
export function serverWith(tools: readonly PinnedTool[], config: ServerConfig = serverConfig()): CatalogueServer {
  return { name: 'files', config, tools: new Map(tools.map((tool) => [tool.name, tool])) };
}

export function catalogueWith(...servers: readonly CatalogueServer[]): Catalogue {
  return catalogueOf(new Map(servers.map((server) => [server.name, server])));
}
