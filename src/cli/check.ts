import { Command } from 'commander';
import { printProblem } from '../kit/problem.ts';
import { checkFiles } from './check/check-files.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { readProject } from './read-project.ts';

/** `sallyport check`: what `serve` would say of a configuration, without serving it. */
export function checkCommand(io: CommandIo = processIo): Command {
  return new Command('check')
    .description(
      'check a configuration, its pins, policies, keys and deny list; exit code 2 when serve would not start',
    )
    .option('--config <file>', 'configuration file', 'sallyport.yaml')
    .action(async ({ config }: { config: string }) => check(config, io));
}

/** @throws ProblemsError with everything that is wrong. */
export async function check(file: string, io: CommandIo): Promise<void> {
  const { loaded, catalogue, warnings } = await readProject(file);
  const asked = await checkFiles(loaded, catalogue);
  for (const warning of warnings) io.complain(printProblem(warning));
  const tools = [...catalogue.servers.values()].reduce((sum, server) => sum + server.tools.size, 0);
  const { bundle } = loaded;
  const counts = [
    count(catalogue.servers.size, 'server'),
    count(tools, 'pinned tool'),
    count(loaded.policies.length, 'policy file'),
    ...(bundle === undefined ? [] : [`bundle ${bundle.name} revision ${bundle.revision}`]),
  ];
  io.print(`${file}: good (${counts.join(', ')})`);
  for (const line of asked) io.print(line);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
