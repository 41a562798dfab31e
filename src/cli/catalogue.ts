import { Command } from 'commander';
import { compareLive, type LiveComparison, needsDecision } from '../catalogue/compare-live.ts';
import { LiveServerError } from '../catalogue/live/live-tools.ts';
import { writePins } from '../catalogue/pins-file.ts';
import type { QuarantineStore } from '../catalogue/quarantine.ts';
import { ProblemsError } from '../kit/problem.ts';
import { openQuarantineDirectory, QuarantineFileError } from '../stores/quarantine/file-quarantine-store.ts';
import { type AcceptWish, acceptTools, NotAcceptable, readWish } from './catalogue/accept-tools.ts';
import { openProject, type ProjectServer } from './catalogue/open-project.ts';
import { printComparison, printHowToAccept, printQuarantine } from './catalogue/print-comparison.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { replaceFile } from './init/write-files.ts';

export interface CatalogueOptions {
  readonly config: string;
  readonly server?: string;
  readonly bearer?: string;
  readonly json?: boolean;
  readonly all?: boolean;
}

/** Longest wait for one answer of a server, milliseconds. */
const TIMEOUT_MS = 15_000;

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
  return guarded(io, async () => {
    const project = await openProject(options.config, options.server);
    const store = openQuarantineDirectory(project.quarantineDirectory);
    const reports: ServerReport[] = [];
    for (const server of project.servers)
      reports.push({ server: server.name, tools: await compare(server, store, options, io) });
    const decisions = reports.flatMap(({ tools }) => tools).filter(needsDecision);
    if (options.json === true) io.print(JSON.stringify(jsonOf(reports)));
    else printReports(reports, io);
    return decisions.length === 0 ? 0 : 1;
  });
}

/** Pins what is shown now. @returns the exit code: 0 done, 2 nothing changed. */
export async function runAccept(tools: readonly string[], options: CatalogueOptions, io: CommandIo): Promise<number> {
  return guarded(io, async () => {
    const wishes = tools.map(readWish);
    if (wishes.length === 0 && options.all !== true) throw new NotAcceptable('name the tools, or say --all.');
    const project = await openProject(options.config, options.server);
    const store = openQuarantineDirectory(project.quarantineDirectory);
    const [server, ...others] = project.servers;
    if (server === undefined || others.length > 0) throw new NotAcceptable('say which server with --server.');
    await accept(server, wishes, store, options, io);
    return 0;
  });
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
  const { readLiveTools } = await import('../catalogue/live/read-live-tools.ts');
  const bearer = options.bearer ?? io.env['SALLYPORT_UPSTREAM_BEARER'];
  const url = new URL(server.config.upstream);
  const live = await readLiveTools({ url, timeoutMs: TIMEOUT_MS, ...(bearer === undefined ? {} : { bearer }) });
  const entries = store.load().filter((entry) => entry.server === server.name);
  return compareLive(server.pins, live.tools, (tool) => entries.find((entry) => entry.tool === tool));
}

async function accept(
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

async function guarded(io: CommandIo, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    const known = [ProblemsError, LiveServerError, NotAcceptable, QuarantineFileError].some(
      (kind) => error instanceof kind,
    );
    if (!(error instanceof Error) || !known) throw error;
    io.complain(`error: ${error.message}`);
    return 2;
  }
}
