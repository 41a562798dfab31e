import type { Catalogue, CatalogueServer, Effect, PinnedTool } from '../catalogue/catalogue.ts';
import { serverConfigOf, serverSchema } from '../catalogue/config.ts';
import { catalogueOf } from '../catalogue/load-catalogue.ts';
import { pinOf } from '../catalogue/pin.ts';
import { pinnedTool } from '../catalogue/pinned-tool.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';

/** A tool as a test writes it down. */
export interface ToolFixture {
  readonly inputSchema: unknown;
  readonly effects?: readonly Effect[];
  readonly annotations?: unknown;
  readonly outputSchema?: unknown;
}

/** Two servers like real ones: files to read, write and search, and a bank. */
export const catalogue: Catalogue = catalogueOfTools({
  files: {
    read_file: {
      effects: ['read'],
      annotations: { readOnlyHint: true },
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string' },
          limit: { type: 'integer' },
          mode: { enum: ['text', 'raw'], type: 'string' },
        },
        required: ['path'],
      },
    },
    write_file: {
      effects: ['write', 'destructive'],
      inputSchema: {
        type: 'object',
        properties: { path: { type: 'string' }, content: { type: 'string' } },
        required: ['path', 'content'],
      },
    },
    list_roots: { effects: ['read'], inputSchema: { type: 'object' } },
  },
  bank: {
    pay: {
      effects: ['write', 'network'],
      inputSchema: {
        type: 'object',
        properties: {
          amount: { type: 'number', minimum: 0 },
          to: { type: 'string' },
          note: {},
          tags: { type: 'array', items: { type: 'string' }, maxItems: 10 },
        },
        required: ['amount', 'to'],
      },
    },
  },
});

/** A catalogue of these tools: server → tool → what is pinned. */
export function catalogueOfTools(servers: Readonly<Record<string, Readonly<Record<string, ToolFixture>>>>): Catalogue {
  return catalogueOf(new Map(Object.entries(servers).map(([name, tools]) => [name, serverOf(name, tools)])));
}

function serverOf(name: string, tools: Readonly<Record<string, ToolFixture>>): CatalogueServer {
  const config = serverConfigOf(
    serverSchema.parse({
      route: `/${name}`,
      upstream: `http://${name}.invalid/mcp`,
      identity: 'anonymous',
      capability: 'none',
      pins: `${name}.pins.json`,
      allow_methods: ['x/custom'],
    }),
  );
  return {
    name,
    config,
    tools: new Map(Object.entries(tools).map(([tool, written]) => [tool, toolOf(tool, written)])),
  };
}

function toolOf(name: string, { effects = ['read'], annotations = {}, ...schemas }: ToolFixture): PinnedTool {
  const definition = objectOf({ name, annotations, ...schemas });
  const pin = pinOf(definition);
  return pinnedTool({ definition, pin, risk: 'low', effects, idempotent: false, durability: 'bounded' });
}

/** A JSON object written as a literal. */
export function objectOf(plain: unknown): JsonObject {
  const value = fromPlain(plain);
  if (!isJsonObject(value)) throw new TypeError('not an object');
  return value;
}
