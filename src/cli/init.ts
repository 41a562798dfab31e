import { join } from 'node:path';
import { Command } from 'commander';
import { LiveServerError } from '../catalogue/live/live-tools.ts';
import { visibleText } from '../catalogue/visible-text.ts';
import { askServer } from './ask-server.ts';
import { guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { draftProject, filesOf, type ProjectDraft, serverNameFrom, serverText } from './init/draft-project.ts';
import { exists, FilesExistError, writeFiles } from './init/write-files.ts';

export interface InitOptions {
  readonly upstream: string;
  readonly name?: string;
  readonly out: string;
  readonly bearer?: string;
  readonly bind: string;
  readonly force: boolean;
}

const CONFIG = 'sallyport.yaml';

/** `sallyport init`: pins and a first policy from a running server. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a first configuration, pins and policy for a running MCP server')
    .requiredOption('--upstream <url>', 'URL of the MCP endpoint of the server')
    .option('--name <name>', 'what rules and records call the server (default: from its own name)')
    .option('--out <dir>', 'directory to write to', '.')
    .option('--bearer <token>', 'access token for the server itself; or SALLYPORT_UPSTREAM_BEARER')
    .option('--bind <address:port>', 'where agents will connect to', '127.0.0.1:8700')
    .option('--force', 'replace files that are there already', false)
    .action(async (options: InitOptions) => void (process.exitCode = await runInit(options, processIo)));
}

/** Runs the command. @returns its exit code: 0 written, 2 nothing written. */
export async function runInit(options: InitOptions, io: CommandIo): Promise<number> {
  return guarded(io, () => init(options, io), [LiveServerError, FilesExistError, TypeError]);
}

async function init({ upstream, name, out, bearer, bind, force }: InitOptions, io: CommandIo): Promise<number> {
  const url = new URL(upstream);
  const live = await askServer(url, bearer, io);
  const draft = draftProject({ name: serverNameFrom(name ?? live.serverName), upstream: url, live, bind });
  const files = new Map(filesOf(draft, bind));
  const addTo = !force && (await exists(join(out, CONFIG)));
  if (addTo) files.delete(CONFIG);
  await writeFiles(out, files, { force });
  for (const path of files.keys()) io.print(`wrote ${join(out, path)}`);
  summarise(draft, io);
  for (const line of addTo ? howToAdd(draft, join(out, CONFIG)) : NEXT_STEPS) io.print(line);
  return EXIT.ok;
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
  return ['', `${config} is there already. Add below its servers:`, '', serverText(name, server)];
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
