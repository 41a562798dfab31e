import { Command } from 'commander';
import { untilSignal } from './bundle/until-signal.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { type MockFlags, runMock } from './replay/run-mock.ts';

/** `sallyport replay`: an MCP server that answers from the record. */
export function replayCommand(io: CommandIo = processIo): Command {
  return new Command('replay')
    .description(
      'serve recorded answers again, to see whether an agent still calls as it did; exit code 1 when it does not',
    )
    .requiredOption('--mock', 'be an MCP server that answers from the record and the payload vault')
    .requiredOption('--server <name>', 'whose calls and tools')
    .option('--config <file>', 'configuration that says where the record and the vault are', 'sallyport.yaml')
    .option('--listen <address:port>', 'where agents connect to; port 0: a free one', '127.0.0.1:0')
    .option('--any-address', 'listen also where others can connect')
    .option('--since <time>', 'calls recorded at or after that time: RFC 3339, or how long ago, such as 90m, 12h, 7d')
    .option('--until <time>', 'calls recorded before that time')
    .option('--caller <text>', 'calls of that issuer, subject, actor, SPIFFE id or principal')
    .option('--session <sha256>', 'calls of the session with that session_sha256 in the record')
    .option('--archive <path>', 'the archive of `audit retention`, which is looked through as well')
    .option('--any-order', 'calls may come in another order than they were recorded in')
    .option('--exit-when-done', 'end when all calls were made, or with the first that is not as recorded')
    .option('--json', 'each line that is printed is a JSON document')
    .action(async (flags: MockFlags) => {
      using stopped = untilSignal();
      process.exitCode = await runMock(flags, io, stopped.signal);
    });
}
