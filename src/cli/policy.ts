import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { systemClock } from '../kit/clock.ts';
import { bundleCommand } from './bundle.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { recordPlace } from './audit/record-place.ts';
import { CommandError } from './command-error.ts';
import { type PolicyFiles, readFilesAt } from './policy/read-files.ts';
import { readMoment } from './policy/read-moment.ts';
import { readRulesAt } from './policy/read-rules-at.ts';
import { runDiff } from './policy/run-diff.ts';
import { runExplain } from './policy/run-explain.ts';
import { runLint } from './policy/run-lint.ts';
import { runReplay } from './policy/run-replay.ts';
import { runTest } from './policy/run-test.ts';
import { reportProblems } from './policy/report-problems.ts';

/** What `policyCommand` needs from outside. */
export interface PolicyCommandOptions {
  readonly io?: CommandIo;
  /** Gets the exit code. */
  readonly exit?: (code: number) => void;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs?: () => number;
  /** Reads policies and catalogue that a configuration file names. */
  readonly readConfig?: (path: string) => PolicyFiles | Promise<PolicyFiles>;
}

/** Flags that say where the files are. */
interface FileFlags {
  readonly config?: string;
  readonly policies?: readonly string[] | undefined;
  readonly catalogue?: string;
  readonly json?: true;
}

interface ReplayFlags {
  readonly candidate?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly directory?: string;
  readonly strict?: true;
}

/** `sallyport policy lint | test | explain | diff | replay | bundle`. */
export function policyCommand({
  io = processIo,
  exit = (code) => void (process.exitCode = code),
  nowMs = () => systemClock.nowMs(),
  readConfig,
}: PolicyCommandOptions = {}): Command {
  const run = async (flags: FileFlags, work: (files: PolicyFiles) => number | Promise<number>): Promise<void> => {
    try {
      exit(await work(await filesOf(flags, readConfig)));
    } catch (error) {
      exit(reportProblems(error, flags.json === true, io));
    }
  };
  const command = new Command('policy').description(
    'check, test, explain and sign rules, compare two sets of them, and replay the record',
  );
  withFiles(
    command
      .command('lint')
      .description('check rules against the pinned tools; exit code 0: good, 1: warnings, 2: errors'),
  ).action((flags: FileFlags) => run(flags, (files) => runLint(files, flags.json === true, io)));
  withFiles(command.command('test').description('run the tests in rules; exit code 1 when one fails'))
    .option('--coverage', 'also say what tests have shown of each rule; an untested refusal fails')
    .action((flags: FileFlags & { coverage?: true }) =>
      run(flags, (files) => runTest(files, { coverage: flags.coverage === true, json: flags.json === true }, io)),
    );
  withFiles(command.command('explain').description('show which rules match a call and what each says'))
    .argument('<call>', 'JSON or YAML file with server, tool, args and, as needed, principal, token, now, txn')
    .action((call: string, flags: FileFlags) =>
      run(flags, (files) => runExplain(call, files, flags.json === true, io, nowMs())),
    );
  withFiles(
    command
      .command('diff')
      .description('find calls that two policies answer differently; exit code 1 when there are any'),
  )
    .argument('<old>', 'policy file, directory of them, or bundle')
    .argument('<new>', 'the same, as it is to be')
    .action((before: string, after: string, flags: FileFlags) =>
      run({ ...flags, policies: flags.catalogue === undefined ? undefined : [after] }, (files) =>
        runDiff([before, after], files, flags.json === true, io),
      ),
    );
  withFiles(
    command
      .command('replay')
      .description('say what rules would have answered to recorded calls; exit code 1 when an answer differs'),
  )
    .option('--candidate <path...>', 'policy files, directories of them, or bundles; without it the configured ones')
    .option('--since <time>', 'from then on: RFC 3339, or how long ago, such as 24h')
    .option('--until <time>', 'before then')
    .option('--directory <path>', 'directory of the record, instead of the configured one')
    .option('--strict', 'what cannot be told counts as a difference')
    .action((flags: FileFlags & ReplayFlags) =>
      run(flags, async (files) => {
        const candidate = flags.candidate === undefined ? files : readRulesAt(flags.candidate);
        return await runReplay({ ...files, ...candidate }, await replayOptions(flags, nowMs()), io);
      }),
    );
  command.addCommand(bundleCommand({ io, exit, nowMs }));
  return command;
}

async function replayOptions(flags: FileFlags & ReplayFlags, nowMs: number) {
  const { config = 'sallyport.yaml', since, until, directory, json, strict } = flags;
  const place = directory ?? (await recordPlace(config));
  if (!existsSync(place)) throw new CommandError(`nothing is recorded in ${boundText(place, 500)}.`);
  return {
    directory: place,
    sinceMs: since === undefined ? -Infinity : readMoment('--since', since, nowMs),
    untilMs: until === undefined ? Infinity : readMoment('--until', until, nowMs),
    json: json === true,
    strict: strict === true,
  };
}

function withFiles(command: Command): Command {
  return command
    .option('--config <file>', 'configuration that names policies and pins')
    .option('--policies <path...>', 'policy files, directories of them, or bundles, instead of the configured ones')
    .option('--catalogue <directory>', 'directory of pins files, instead of the configured ones')
    .option('--json', 'answer in JSON');
}

async function filesOf(flags: FileFlags, readConfig: PolicyCommandOptions['readConfig']): Promise<PolicyFiles> {
  const { config, policies, catalogue } = flags;
  if (policies !== undefined && catalogue !== undefined) return readFilesAt(policies, catalogue);
  if (policies !== undefined || catalogue !== undefined) throw new Error('--policies and --catalogue go together.');
  if (readConfig === undefined) throw new Error('Say where the files are: --policies PATH --catalogue DIRECTORY.');
  return readConfig(config ?? 'sallyport.yaml');
}
