import { join } from 'node:path';
import { Command } from 'commander';
import { LiveServerError } from '../catalogue/live/live-tools.ts';
import { visibleText } from '../catalogue/visible-text.ts';
import { askServer } from './ask-server.ts';
import { ProblemsError } from '../kit/problem.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import {
  draftProject,
  filesOf,
  filesToAdd,
  type ProjectDraft,
  serverNameFrom,
  serverText,
} from './init/draft-project.ts';
import { glanceAt } from './init/glance-at.ts';
import { mergeServer } from './init/merge-server.ts';
import { exists, FilesExistError, refuseExisting, replaceFiles, writeNewFiles } from './init/write-files.ts';
import { upstreamUrl } from './upstream-url.ts';

export interface InitOptions {
  readonly upstream: string;
  readonly name?: string;
  readonly out: string;
  readonly bearer?: string;
  readonly bind: string;
  readonly force: boolean;
}

const CONFIG = 'sallyport.yaml';
/** Holds what an operator has taken back: never replaced by an empty one. */
const REVOKED = 'revoked.txt';
const FORCE =
  'replace the pins, the policy and the configured server of this name; other servers and settings stay, ' +
  'and each file that is replaced is kept as FILE.bak';

/** `sallyport init`: pins and a first policy from a running server. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a first configuration, pins and policy for a running MCP server')
    .requiredOption('--upstream <url>', 'URL of the MCP endpoint of the server')
    .option('--name <name>', 'what rules and records call the server (default: from its own name)')
    .option('--out <dir>', 'directory to write to', '.')
    .option('--bearer <token>', 'access token for the server itself; or SALLYPORT_UPSTREAM_BEARER')
    .option('--bind <address:port>', 'where agents will connect to', '127.0.0.1:8700')
    .option('--force', FORCE, false)
    .action(async (options: InitOptions) => void (process.exitCode = await runInit(options, processIo)));
}

/** Runs the command. @returns its exit code: 0 written, 2 nothing written. */
export async function runInit(options: InitOptions, io: CommandIo): Promise<number> {
  return guarded(io, () => init(options, io), [LiveServerError, FilesExistError, CommandError, ProblemsError]);
}

async function init({ upstream, name, out, bearer, bind, force }: InitOptions, io: CommandIo): Promise<number> {
  const url = upstreamUrl(upstream);
  const live = await askServer(url, bearer, io);
  const draft = draftProject({ name: serverNameFrom(name ?? live.serverName), upstream: url, live, bind });
  const config = join(out, CONFIG);
  if (await exists(config)) return force ? replaceIn(config, draft, out, io) : addTo(config, draft, out, io);
  const files = filesOf(draft, bind);
  if (force) await replace(out, await withoutRevoked(files, out), io);
  else await write(out, files, io);
  summarise(draft, io);
  for (const line of NEXT_STEPS) io.print(line);
  return EXIT.ok;
}

/** Writes what a further server needs beside a configuration that must go on working as it is. */
async function addTo(config: string, draft: ProjectDraft, out: string, io: CommandIo): Promise<number> {
  const isNamed = (await glanceAt(config)).servers.has(draft.name);
  const files = filesToAdd(draft, isNamed ? '' : NOT_YET);
  await refuseExisting(out, files).catch((cause: unknown) => {
    throw isNamed && cause instanceof FilesExistError
      ? new CommandError(`"${draft.name}" is there already: ${cause.message}`, { cause })
      : cause;
  });
  if (!isNamed) for (const line of howToAdd(draft, config)) io.print(line);
  await write(out, files, io);
  summarise(draft, io);
  return EXIT.ok;
}

/** Puts a server into a configuration, in place of one of the same name, and keeps what is replaced. */
async function replaceIn(config: string, draft: ProjectDraft, out: string, io: CommandIo): Promise<number> {
  const { text, servers } = await glanceAt(config);
  const merged = mergeServer(config, text, draft.name, draft.server);
  await replace(out, new Map([[CONFIG, merged], ...filesToAdd(draft, '')]), io);
  io.print(
    `${servers.has(draft.name) ? 'replaced' : 'added'} the server "${draft.name}"; everything else in ${config} stays.`,
  );
  summarise(draft, io);
  return EXIT.ok;
}

async function withoutRevoked(files: ReadonlyMap<string, string>, out: string): Promise<ReadonlyMap<string, string>> {
  const isThere = await exists(join(out, REVOKED));
  return new Map([...files].filter(([path]) => path !== REVOKED || !isThere));
}

/** Ends the name of a policy file that no pattern of policies matches. */
const NOT_YET = '.new';

async function replace(out: string, files: ReadonlyMap<string, string>, io: CommandIo): Promise<void> {
  const backups = await replaceFiles(out, files);
  for (const path of files.keys()) {
    const backup = backups.get(path);
    io.print(`wrote ${join(out, path)}${backup === undefined ? '' : `; what was there is ${backup} now`}`);
  }
}

async function write(out: string, files: ReadonlyMap<string, string>, io: CommandIo): Promise<void> {
  await writeNewFiles(out, files);
  for (const path of files.keys()) io.print(`wrote ${join(out, path)}`);
}

const NEXT_STEPS = [
  '',
  'Next:',
  '  sallyport keys generate --out keys   a key for tokens, for a first try',
  '  sallyport check                      reads everything and says what is wrong',
  '  sallyport policy test                runs the tests in the policy file',
  '  sallyport serve',
];

function howToAdd({ name, server }: ProjectDraft, config: string): readonly string[] {
  return [
    `${config} is there already and stays as it is. Add below its servers:`,
    '',
    serverText(name, server),
    `Then let its rules count, and look at all of it:`,
    '',
    `  mv policies/${name}.yaml${NOT_YET} policies/${name}.yaml`,
    '  sallyport check',
    '',
  ];
}

function summarise({ name, tools, notes }: ProjectDraft, io: CommandIo): void {
  io.print(
    `\n${tools.length} tools of "${name}" are pinned as they are now. Look at each: what it is pinned as is a guess.`,
  );
  for (const { name: tool, risk, effects } of tools)
    io.print(`  ${visibleText(tool, 128)}: ${risk} risk, ${effects.join(', ')}`);
  if (notes.length > 0) io.print('\nLook at these before you accept them:');
  for (const note of notes) io.print(`  ! ${note}`);
}
