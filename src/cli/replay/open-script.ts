import { existsSync } from 'node:fs';
import { readSegments, type LogItem } from '../../audit/read-segments.ts';
import { secretPaths } from '../../assemble/vault/secret-paths.ts';
import type { CatalogueServer } from '../../catalogue/catalogue.ts';
import { boundText } from '../../kit/bound-text.ts';
import { isJsonObject, type JsonObject, EMPTY_OBJECT } from '../../kit/json.ts';
import { archivedVault } from '../../vault/archive-vault.ts';
import { omittedPath, omitValues } from '../../vault/omit-values.ts';
import { VaultKeys } from '../../vault/vault-keys.ts';
import { recordFilter } from '../audit/record-filter.ts';
import { recordPlace } from '../audit/record-place.ts';
import { archiveOf } from '../audit/where.ts';
import { CommandError } from '../command-error.ts';
import { readProject } from '../read-project.ts';
import { type VaultProject, vaultProject } from '../vault/vault-project.ts';
import { keptPayloads } from './kept-payloads.ts';
import { recordedToolCalls } from './recorded-tool-calls.ts';
import type { ReplayedCall } from './replayed-call.ts';
import { replayedCall } from './replayed-calls.ts';

/** Which calls are replayed. All that is asked must fit. */
export interface ScriptFlags {
  readonly config: string;
  readonly server: string;
  readonly since?: string;
  readonly until?: string;
  readonly caller?: string;
  readonly session?: string;
  readonly archive?: string;
}

/** What was recorded of a server: its tools, as they are pinned, and the calls of them, in their order. */
export interface RecordedScript {
  readonly tools: readonly JsonObject[];
  readonly calls: readonly ReplayedCall[];
  /** Arguments of a tool without what is never kept. */
  readonly hide: (tool: string, args: JsonObject) => JsonObject;
}

/**
 * Reads the record and the vault.
 *
 * @throws CommandError, ProblemsError or VaultError when they cannot be used; what the file system said.
 */
export async function openScript(flags: ScriptFlags, nowMs: number): Promise<RecordedScript> {
  const { catalogue } = await readProject(flags.config);
  const server = catalogue.servers.get(flags.server);
  if (server === undefined) throw new CommandError(`${boundText(flags.server, 100)} is no server of ${flags.config}.`);
  const vault = await vaultProject(flags.config);
  const archive = archiveOf(flags);
  const record = await recordPlace(flags.config);
  const records = [...(archive === undefined ? [] : [archive]), record].filter((path) => existsSync(path));
  if (records.length === 0) throw new CommandError(`nothing is recorded in ${record} yet.`);
  const fits = recordFilter(flags, nowMs);
  const recorded = await recordedToolCalls(itemsIn(records), (one) => fits(one) && isOfSession(one.data, flags));
  if (recorded.size === 0) throw new CommandError('no call of a tool is recorded that fits.');
  const directories = [vault.places.directory, ...(archive === undefined ? [] : [archivedVault(archive)])];
  const payloads = await keptPayloads(directories, new VaultKeys(vault.places, vault.keks()), (id) => recorded.has(id));
  return {
    tools: [...server.tools.values()].map(({ definition }) => definition),
    calls: [...recorded.values()].map((one) => replayedCall(one, payloads)),
    hide: hiding(server, vault.config),
  };
}

async function* itemsIn(directories: readonly string[]): AsyncGenerator<LogItem> {
  for (const directory of directories) yield* readSegments(directory);
}

function isOfSession(data: unknown, { session }: ScriptFlags): boolean {
  return session === undefined || Reflect.get(Object(data), 'session_sha256') === session;
}

function hiding({ name, tools }: CatalogueServer, { keep }: VaultProject['config']): RecordedScript['hide'] {
  return (tool, args) => {
    const definition = tools.get(tool)?.definition;
    const omitted = keep.find((rule) => rule.server === name && (rule.tools?.includes(tool) ?? true))?.omit ?? [];
    const shown = omitValues(args, [...omitted.map(omittedPath), ...secretPaths(definition ?? EMPTY_OBJECT)]);
    return isJsonObject(shown) ? shown : EMPTY_OBJECT;
  };
}
