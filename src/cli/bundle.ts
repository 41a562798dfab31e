import { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import type { BuildOptions } from './bundle/run-build.ts';
import type { PermitOptions } from './bundle/run-allow-rollback.ts';
import type { PullOptions } from './bundle/run-pull.ts';
import type { SignOptions } from './bundle/run-sign.ts';
import type { VerifyOptions } from './bundle/run-verify.ts';
import { untilSignal } from './bundle/until-signal.ts';

export interface BundleCommandOptions {
  readonly io: CommandIo;
  /** Gets the exit code. */
  readonly exit: (code: number) => void;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** `sallyport policy bundle`: rules in one signed file. What each command needs is loaded when it is called. */
export function bundleCommand({ io, exit, nowMs }: BundleCommandOptions): Command {
  const command = new Command('bundle').description('put rules into one signed file, and look after it');
  command
    .command('build')
    .description('put the policy files of a directory and the sets they name into one file; 0: built, 2: nothing was')
    .argument('<dir>', 'directory of policy files')
    .requiredOption('--name <name>', 'name of the bundle, the same for all revisions')
    .requiredOption('--revision <number>', 'grows with each change')
    .requiredOption('-o, --out <file>', 'where to write it')
    .option('--catalogue <directory>', 'check the rules against these pins files first')
    .option('--config <file>', 'or against the pins that this configuration names')
    .option('--json', 'answer in JSON')
    .action(async (dir: string, options: BuildOptions) => {
      exit(await (await import('./bundle/run-build.ts')).runBuild(dir, options, io, nowMs()));
    });
  command
    .command('sign')
    .description('sign a bundle in its place; 0: signed, 2: it is as it was')
    .argument('<file>', 'as build wrote it')
    .requiredOption('--key <file>', 'private JWK, as "sallyport keys generate" writes it')
    .option('-o, --out <file>', 'write the signed bundle here instead')
    .option('--json', 'answer in JSON')
    .action(async (file: string, options: SignOptions) => {
      exit(await (await import('./bundle/run-sign.ts')).runSign(file, options, io));
    });
  command
    .command('verify')
    .description('check a bundle as the service does; 0: good, 1: refused, 2: could not tell')
    .argument('<file>', 'the bundle')
    .requiredOption('--keys <jwks>', 'JWK Set of those who may sign')
    .option('--name <name>', 'which bundle it must be')
    .option('--json', 'answer in JSON')
    .action(async (file: string, options: VerifyOptions) => {
      exit(await (await import('./bundle/run-verify.ts')).runVerify(file, options, io));
    });
  command
    .command('pull')
    .description(
      'fetch a bundle by HTTPS and put it in place when it verifies; 0: in place, 1: refused, 2: could not tell',
    )
    .argument('<url>', 'https, or http on a loopback host')
    .requiredOption('--to <file>', 'where it goes, in one step')
    .requiredOption('--keys <jwks>', 'JWK Set of those who may sign')
    .option('--name <name>', 'which bundle it must be')
    .option('--every <time>', 'go on and look again that often, such as 30s')
    .option('--ca <pem>', 'who may vouch for the host, instead of the usual authorities')
    .option('--allow-rollback', 'take an older revision, too')
    .option('--json', 'answer in JSON, a line for each look')
    .action(async (url: string, options: PullOptions) => {
      using stop = untilSignal();
      exit(await (await import('./bundle/run-pull.ts')).runPull(url, options, io, stop.signal));
    });
  command
    .command('allow-rollback')
    .description(
      'let the configured bundle follow a newer one, once; 0: it may, 1: there is no need, 2: nothing changed',
    )
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
    .option('--reason <text>', 'for the record', 'no reason was given')
    .option('--json', 'answer in JSON')
    .action(async (options: PermitOptions) => {
      exit(await (await import('./bundle/run-allow-rollback.ts')).runAllowRollback(options, io));
    });
  return command;
}
