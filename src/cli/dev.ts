import { Command } from 'commander';
import { type Bridge, bridgeStdio } from '../bridge/bridge-stdio.ts';
import { startSallyport } from '../main.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { describeGuard } from './dev/describe-guard.ts';
import { type DevUpstream, prepareProject } from './dev/prepare-project.ts';
import { runUntilSignal } from './run-until-signal.ts';

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
    .option('--dir <dir>', 'where keys, pins, rules and the record are kept', '.sallyport-dev')
    .option('--bind <address:port>', 'where agents connect to', '127.0.0.1:8700')
    .option('--name <name>', 'what rules and records call the server (default: from its own name)')
    .option('--bearer <token>', 'access token for the server itself, to read its tools')
    .option('--env <name...>', 'environment variables that the stdio server may see beside PATH, HOME and LANG', [])
    .addHelpText('after', EXAMPLES)
    .action(async (command: string[], options: DevOptions) => dev(command, options, processIo));
}

const EXAMPLES = `
Examples:
  sallyport dev --upstream http://127.0.0.1:3001/mcp
  sallyport dev -- npx some-stdio-server`;

/** Serves until a signal. @throws what keeps the server from being reached or the guard from starting. */
export async function dev(command: readonly string[], options: DevOptions, io: CommandIo): Promise<void> {
  const bridge = await bridgeFor(command, options);
  try {
    const project = await prepareProject(upstreamFor(bridge, options), options);
    const running = await startSallyport({ configPath: project.configPath });
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

async function bridgeFor([command, ...args]: readonly string[], options: DevOptions): Promise<Bridge | undefined> {
  if ((command === undefined) === (options.upstream === undefined)) {
    throw new TypeError(
      'say either --upstream URL, or a command behind --, as in: sallyport dev -- npx some-stdio-server',
    );
  }
  return command === undefined ? undefined : await bridgeStdio({ command, args, env: options.env });
}

function upstreamFor(bridge: Bridge | undefined, { upstream = '' }: DevOptions): DevUpstream {
  return bridge === undefined ? { url: new URL(upstream) } : { url: bridge.url, socketPath: bridge.socketPath };
}
