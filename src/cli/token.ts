import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { DEFAULT_ALGORITHMS } from '../capability/signature-algorithm.ts';
import { systemClock } from '../kit/clock.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { runInspect } from './token/run-inspect.ts';
import { type MintOptions, runMint } from './token/run-mint.ts';
import { runVerify, type VerifyOptions } from './token/run-verify.ts';
import { readStandardInput } from './token/take-token.ts';

/** `sallyport token`: makes, shows and checks capability tokens. */
export function tokenCommand(io: CommandIo = processIo): Command {
  return new Command('token')
    .description('make, show and check capability tokens')
    .addCommand(mintCommand(io))
    .addCommand(inspectCommand(io))
    .addCommand(verifyCommand(io));
}

function mintCommand(io: CommandIo): Command {
  return new Command('mint')
    .description('sign a token; exit code 0: printed, 2: nothing was')
    .requiredOption('--key <file>', 'private JWK, as "sallyport keys generate" writes it')
    .requiredOption('--aud <uri>', 'resource of the one tool server the token is for')
    .requiredOption('--sub <name>', 'on whose behalf')
    .option('--issuer <name>', 'iss, as the server has it configured', 'urn:sallyport:dev')
    .option('--tool <name>', 'grant this tool, * for every one; repeatable', collect, [])
    .option('--arg-constraint <name=constraint>', 'constrain an argument, in YAML or JSON; repeatable', collect, [])
    .option('--extra-args <deny|allow>', 'whether arguments without constraint are granted (default: deny)')
    .option('--prompt <name>', 'grant this prompt, * for every one; repeatable', collect, [])
    .option('--resource <uri>', 'grant this resource, * for every one; repeatable', collect, [])
    .option('--grant <file>', 'tools, prompts and resources in YAML or JSON instead of the options above')
    .option('--scope <names>', 'scope claim, for servers that map scopes to grants')
    .option('--ttl <time>', 'how long it lives, such as 90s or 5m', '5m')
    .option('--actor <name>', 'act.sub: who acts for --sub')
    .option('--client-id <id>', 'client_id')
    .option('--txn <id>', 'txn: the task this belongs to')
    .option('--cnf-cert <pem>', 'bind it to this client certificate (x5t#S256)')
    .option('--json', 'one JSON document instead of the bare token', false)
    .action(async (options: MintOptions) => {
      const sources = { nowMs: () => systemClock.nowMs(), newTokenId: () => randomUUID() };
      process.exitCode = await runMint(options, io, sources);
    });
}

function inspectCommand(io: CommandIo): Command {
  return new Command('inspect')
    .description('show what a token says WITHOUT verifying it; exit code 0: shown, 2: not a token')
    .argument('<token>', 'the token, or - to read it from standard input')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (token: string, options: { json?: boolean }) => {
      process.exitCode = await runInspect(token, options, io, readStandardInput, systemClock.nowMs());
    });
}

function verifyCommand(io: CommandIo): Command {
  return new Command('verify')
    .description('check a token as the server does; exit code 0: good, 1: refused, 2: could not tell')
    .argument('<token>', 'the token, or - to read it from standard input')
    .requiredOption('--jwks <file|url>', 'public keys of the issuer')
    .requiredOption('--issuer <name>', 'the only issuer that is accepted')
    .requiredOption('--audience <uri>', 'resource of the tool server')
    .option('--alg <names>', 'algorithms the issuer may sign with, separated by commas', splitNames, [
      ...DEFAULT_ALGORITHMS,
    ])
    .option('--max-lifetime <time>', 'longest life that is accepted', '300s')
    .option('--leeway <seconds>', 'how far the clock of the issuer may be off, at most 5', '5')
    .option(
      '--ignore-status-lists',
      'accept a token with a status claim, as an issuer with status_lists: ignored',
      false,
    )
    .option('--cert <pem>', 'client certificate of the caller, for a bound token')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (token: string, options: VerifyOptions) => {
      process.exitCode = await runVerify(token, options, io, readStandardInput, systemClock);
    });
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function splitNames(value: string): readonly string[] {
  return value.split(',');
}
