import { Command } from 'commander';
import { type Bridge, bridgeStdio } from '../bridge/bridge-stdio.ts';
import { startSallyport } from '../main.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { boundText } from '../kit/bound-text.ts';
import { CommandError } from './command-error.ts';
import { describeGuard } from './dev/describe-guard.ts';
import { freeBind } from './dev/free-bind.ts';
import { type DevUpstream, prepareProject } from './dev/prepare-project.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { upstreamUrl } from './upstream-url.ts';

export interface DevOptions {
  readonly upstream?: string;
  readonly dir: string;
  readonly bind: string;
  readonly name?: string;
  readonly bearer?: string;
  readonly env: readonly string[];
}

/** `sallyport dev`: a guard in front of one MCP server, without any configuration. */
export function devCommand(): Command {
  return new Command('dev')
    .description('a guard in front of one MCP server, without any configuration')
    .argument('[command...]', 'stdio server to run, behind --')
    .option('--upstream <url>', 'URL of the MCP endpoint of a running server')
    .option(
      '--dir <dir>',
      'where keys, pins, rules and the record are kept, in a folder for each server',
      '.sallyport-dev',
    )
    .option('--bind <address:port>', 'where agents connect to', '127.0.0.1:8700')
    .option('--name <name>', 'what rules and records call the server (default: from its own name)')
    .option('--bearer <token>', 'access token for the server itself, to read its tools')
    .option('--env <name...>', 'environment variables that the stdio server may see beside PATH, HOME and LANG', [])
    .action(async (command: string[], options: DevOptions) => dev(command, options, processIo));
}

/** Serves until a signal. @throws what keeps the server from being reached or the guard from starting. */
export async function dev(command: readonly string[], options: DevOptions, io: CommandIo): Promise<void> {
  const bind = await freeBind(options.bind);
  const bridge = await bridgeFor(command, options);
  try {
    const project = await prepared(bridge, command, { ...options, bind });
    const running = await startSallyport({
      configPath: project.configPath,
      onReloadFailure: (problems) => tellFailedReload(problems, io),
    });
    for (const line of describeGuard(project, running.current())) io.print(line);
    await runUntilSignal({
      reload: () => running.reload(),
      stop: async () => {
        await running.stop();
        await bridge?.close();
      },
    });
  } catch (error) {
    await bridge?.close();
    throw error;
  }
}

/** @throws CommandError that names the command, when it is what failed. */
async function prepared(bridge: Bridge | undefined, command: readonly string[], options: DevOptions) {
  try {
    return await prepareProject(upstreamFor(bridge, options), options);
  } catch (cause) {
    const failure = bridge?.failure();
    throw failure === undefined ? cause : new CommandError(`the command "${command.join(' ')}" ${failure}`, { cause });
  }
}

function tellFailedReload(problems: readonly string[], io: CommandIo): void {
  io.complain('The change does not count; what was in force before still is:');
  for (const problem of problems) io.complain(`  ${boundText(problem, 1000)}`);
}

async function bridgeFor([command, ...args]: readonly string[], options: DevOptions): Promise<Bridge | undefined> {
  if ((command === undefined) === (options.upstream === undefined)) {
    throw new CommandError(
      'say either --upstream URL, or a command behind --, as in: sallyport dev -- npx some-stdio-server',
    );
  }
  if (command === undefined) return void upstreamUrl(options.upstream ?? '');
  return await bridgeStdio({ command, args, env: options.env });
}

function upstreamFor(bridge: Bridge | undefined, { upstream = '' }: DevOptions): DevUpstream {
  return bridge === undefined ? { url: upstreamUrl(upstream) } : { url: bridge.url, socketPath: bridge.socketPath };
}
