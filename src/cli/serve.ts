import { mkdir } from 'node:fs/promises';
import { Command } from 'commander';
import { readOutline } from '../config/outline.ts';
import { permissionFlags, writtenDirectories } from '../config/permission-flags.ts';
import { codeDirectories, mainScript } from './code-directories.ts';
import { replaceProcess } from './replace-process.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { setFilesOf } from '../policy/set-files.ts';

export interface ServeFlags {
  readonly config: string;
  readonly confine: boolean;
}

/**
 * `sallyport serve`: reads the configuration to know which paths it names, then becomes a Node process that may touch
 * nothing else, and serves.
 */
export function serveCommand(): Command {
  return new Command('serve')
    .description('judge calls: the built-in proxy with the configured servers')
    .option('--config <file>', 'configuration file', 'sallyport.yaml')
    .option('--no-confine', 'serve in this process, without limiting it to the paths that the configuration names')
    .action(async (flags: ServeFlags) => serve(flags));
}

/** @throws ProblemsError when the configuration cannot be used; what the system said when it cannot be served. */
export async function serve({ config, confine }: ServeFlags): Promise<void> {
  if (confine && !isConfined()) return becomeConfined(config);
  // Loaded here: the process that only reads the configuration must not pay for all of it.
  const { startSallyport } = await import('../main.ts');
  await runUntilSignal(await startSallyport({ configPath: config }));
}

function isConfined(): boolean {
  return process.permission !== undefined;
}

/** Only reads what the configuration names: it is checked by the process that this one becomes. */
async function becomeConfined(config: string): Promise<void> {
  const outline = await readOutline(config);
  // The permission of a directory is only recognised as one when it is there.
  for (const directory of writtenDirectories(outline)) await mkdir(directory, { recursive: true, mode: 0o700 });
  const flags = [
    ...permissionFlags(outline, [...codeDirectories(), ...setFilesOf(outline.policies)]),
    '--disable-warning=ExperimentalWarning',
  ];
  const silenced = [...flags, '--disable-warning=PERM0006'];
  await replaceProcess([...process.execArgv, ...silenced, mainScript(), ...process.argv.slice(2)]);
}
