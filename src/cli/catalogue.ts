import { Command } from 'commander';
import { compareLive, type LiveComparison, needsDecision } from '../catalogue/compare-live.ts';
import { LiveServerError } from '../catalogue/live/live-tools.ts';
import type { PinnedToolInput } from '../catalogue/pinned-tool.ts';
import { writePins } from '../catalogue/pins-file.ts';
import type { QuarantineStore } from '../catalogue/quarantine.ts';
import { toolNameOf } from '../catalogue/tool-name.ts';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { openQuarantineDirectory, QuarantineFileError } from '../stores/quarantine/file-quarantine-store.ts';
import { askServer } from './ask-server.ts';
import { type AcceptWish, acceptTools, NotAcceptable, readWish } from './catalogue/accept-tools.ts';
import { openProject, type ProjectServer } from './catalogue/open-project.ts';
import { printComparison, printHowToAccept, printQuarantine } from './catalogue/print-comparison.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { CommandError, guarded } from './command-error.ts';
import { EXIT } from './exit-codes.ts';
import { replaceFile } from './replace-file.ts';

export interface CatalogueOptions {
  readonly config: string;
  readonly server?: string;
  readonly bearer?: string;
  readonly json?: boolean;
  readonly all?: boolean;
}

/** What keeps either command from telling, in words for the operator. */
const EXPECTED = [ProblemsError, LiveServerError, NotAcceptable, QuarantineFileError, CommandError];

/** `sallyport catalogue`: the pinned tools against what the servers show now. */
export function catalogueCommand(): Command {
  const command = new Command('catalogue').description('compare pinned tools with what their servers show now');
  withSharedOptions(command.command('diff'))
    .description('show what differs; exit code 0: nothing, 1: something, 2: could not tell')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (options: CatalogueOptions) => void (process.exitCode = await runDiff(options, processIo)));
  withSharedOptions(command.command('accept'))
    .description('pin what the server shows now and end quarantine; NAME@DIGITS accepts only what diff showed')
    .argument('[tool...]', 'tools by name, or NAME@DIGITS')
    .option('--all', 'every tool that differs', false)
    .action(async (tools: string[], options: CatalogueOptions) => {
      process.exitCode = await runAccept(tools, options, processIo);
    });
  return command;
}

function withSharedOptions(command: Command): Command {
  return command
    .option('--server <name>', 'only this server')
    .option('--config <file>', 'configuration file', 'sallyport.yaml')
    .option('--bearer <token>', 'access token for the server itself; or SALLYPORT_UPSTREAM_BEARER');
}

/** Shows what differs. @returns the exit code: 0 nothing, 1 something, 2 it could not be told. */
export async function runDiff(options: CatalogueOptions, io: CommandIo): Promise<number> {
  return guarded(io, () => diff(options, io), EXPECTED);
}

/** Pins what is shown now. @returns the exit code: 0 done, 2 nothing changed. */
export async function runAccept(tools: readonly string[], options: CatalogueOptions, io: CommandIo): Promise<number> {
  return guarded(io, () => accept(tools.map(readWish), options, io), EXPECTED);
}

async function diff(options: CatalogueOptions, io: CommandIo): Promise<number> {
  const project = await openProject(options.config, options.server);
  const store = openQuarantineDirectory(project.quarantineDirectory);
  const reports: ServerReport[] = [];
  const edited = project.servers.flatMap((server) => [...server.edited.values()]);
  for (const problem of edited) io.complain(printProblem(problem));
  for (const server of project.servers)
    reports.push({ server: server.name, tools: await compare(server, store, options, io) });
  const decisions = reports.flatMap(({ tools }) => tools).filter(needsDecision);
  if (options.json === true) io.print(JSON.stringify(jsonOf(reports)));
  else printReports(reports, io);
  return decisions.length + edited.length === 0 ? EXIT.ok : EXIT.negative;
}

async function accept(wishes: readonly AcceptWish[], options: CatalogueOptions, io: CommandIo): Promise<number> {
  if (wishes.length === 0 && options.all !== true) throw new NotAcceptable('name the tools, or say --all.');
  const project = await openProject(options.config, options.server);
  const store = openQuarantineDirectory(project.quarantineDirectory);
  const [server, ...others] = project.servers;
  if (server === undefined || others.length > 0) throw new NotAcceptable('say which server with --server.');
  await acceptOf(server, wishes, store, options, io);
  return EXIT.ok;
}

interface ServerReport {
  readonly server: string;
  readonly tools: readonly LiveComparison[];
}

async function compare(
  server: ProjectServer,
  store: QuarantineStore,
  options: CatalogueOptions,
  io: CommandIo,
): Promise<readonly LiveComparison[]> {
  const live = await askServer(new URL(server.config.upstream), options.bearer, io);
  const entries = store.load().filter((entry) => entry.server === server.name);
  return compareLive(comparable(server), live.tools, (tool) => entries.find((entry) => entry.tool === tool));
}

/** The pins; an entry that was edited is like nothing that a server can show. */
function comparable({ pins, edited }: ProjectServer): readonly PinnedToolInput[] {
  return pins.map((entry) => (edited.has(toolNameOf(entry.definition)) ? { ...entry, pin: '' } : entry));
}

/** Pins what one server shows now. */
async function acceptOf(
  server: ProjectServer,
  wishes: readonly AcceptWish[],
  store: QuarantineStore,
  options: CatalogueOptions,
  io: CommandIo,
): Promise<void> {
  const { pins, accepted } = acceptTools(server.pins, await compare(server, store, options, io), wishes);
  // The pins first: a tool that is out of quarantine under its old pin would be called.
  await replaceFile(server.pinsPath, writePins(server.name, pins));
  for (const comparison of accepted) {
    for (const line of printComparison(comparison)) io.print(line);
    if ('tool' in comparison) store.remove(server.name, comparison.tool);
  }
  const settled = new Set(accepted.map((one) => ('tool' in one ? one.tool : '')));
  for (const [tool, problem] of server.edited) if (!settled.has(tool)) io.complain(printProblem(problem));
  io.print(
    `accepted ${accepted.length} of "${server.name}"; a running service follows when it reloads ${server.config.pins}.`,
  );
}

function printReports(reports: readonly ServerReport[], io: CommandIo): void {
  for (const { server, tools } of reports) {
    const open = tools.filter(needsDecision);
    io.print(`${server}: ${tools.length - open.length} as pinned, ${open.length} to look at`);
    const told = tools.filter((one) => needsDecision(one) || one.kind === 'absent');
    for (const line of told.flatMap((one) => [
      ...printComparison(one),
      ...printQuarantine(one),
      ...printHowToAccept(one),
    ]))
      io.print(`  ${line}`);
  }
}

function jsonOf(reports: readonly ServerReport[]): unknown {
  return reports.map(({ server, tools }) => ({
    server,
    tools: tools.map((one) => {
      if (!('now' in one)) return one;
      const { now, ...rest } = one;
      return { ...rest, pin: now.pin };
    }),
  }));
}
