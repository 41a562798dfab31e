import { existsSync } from 'node:fs';
import { readSegments, type LogItem } from '../../audit/read-segments.ts';
import { boundText } from '../../kit/bound-text.ts';
import { isJsonObject, type JsonObject, EMPTY_OBJECT } from '../../kit/json.ts';
import { stepsOf } from '../../kit/json-pointer.ts';
import { archivedVault } from '../../vault/archive-vault.ts';
import { type ArgumentClasses, argumentClassesOf } from '../../policy/argument-classes.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import { OMITTED, omitValues } from '../../vault/omit-values.ts';
import { VaultKeys } from '../../vault/vault-keys.ts';
import { recordFilter } from '../audit/record-filter.ts';
import { recordPlace } from '../audit/record-place.ts';
import { archiveOf } from '../audit/where.ts';
import { CommandError } from '../command-error.ts';
import { readPolicyProject } from '../read-policy-project.ts';
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
  const { catalogue, sources, setTexts } = await readPolicyProject(flags.config);
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
    hide: hiding(
      flags.server,
      vault.config,
      argumentClassesOf(catalogue, compilePolicies(sources, catalogue, setTexts).classes),
    ),
  };
}

async function* itemsIn(directories: readonly string[]): AsyncGenerator<LogItem> {
  for (const directory of directories) yield* readSegments(directory);
}

function isOfSession(data: unknown, { session }: ScriptFlags): boolean {
  return session === undefined || Reflect.get(Object(data), 'session_sha256') === session;
}

function hiding(server: string, { keep }: VaultProject['config'], classesOf: ArgumentClasses): RecordedScript['hide'] {
  return (tool, args) => {
    const omitted = keep.find((rule) => rule.server === server && (rule.tools?.includes(tool) ?? true))?.omit ?? [];
    const open = classesOf(server, { kind: 'tool', name: tool })?.withoutSecrets(args, OMITTED) ?? args;
    const shown = omitValues(open, omitted.map(stepsOf));
    return isJsonObject(shown) ? shown : EMPTY_OBJECT;
  };
}
