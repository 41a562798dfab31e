import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { noteVerifier } from '../../audit/checkpoint/signed-note.ts';
import { SINK_NAME } from '../../audit/shipping/config.ts';
import { cursorPath, readCursor } from '../../audit/shipping/ship-cursor.ts';
import { signedSize } from '../../audit/shipping/signed-size.ts';
import { codeOf } from '../../kit/cause.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { auditPlaces } from './record-place.ts';
import { ownKey } from './where.ts';

interface ShipStatusFlags {
  readonly config: string;
  readonly json?: boolean;
}

/** How far a place has the record. */
interface PlaceStatus {
  readonly sink: string;
  /** Number of the last record that is there; 0 when nothing of this log is known to be. */
  readonly through: number;
  /** Records that are signed. */
  readonly signed: number;
  readonly behind: number;
}

/** `sallyport audit ship-status`. */
export function shipStatusCommand(command: Command, io: CommandIo): void {
  command
    .command('ship-status')
    .description('how far each place has the record that it is shipped to')
    .option('--config <file>', 'configuration that says where the state is', 'sallyport.yaml')
    .option('--json', 'one JSON document a place')
    .action(async (flags: ShipStatusFlags) => {
      process.exitCode = await shipStatus(flags, io);
    });
}

/**
 * Tells it of every place that the configuration names, or that something was brought to before. Exit code 1 when there is none.
 *
 * @throws CommandError when nothing was recorded yet, ProblemsError when the configuration does not say where.
 */
export async function shipStatus({ config, json = false }: ShipStatusFlags, io: CommandIo): Promise<number> {
  const { record, stateDir, sinks: configured } = await auditPlaces(config);
  const verifier = noteVerifier((await ownKey(config)).verifierKey);
  const signed = await signedSize(record, verifier);
  const sinks = [...new Set([...configured.filter(isName), ...(await sinksIn(stateDir))])].toSorted();
  for (const sink of sinks) {
    const cursor = await readCursor(cursorPath(stateDir, sink));
    const through = cursor?.origin === verifier.name ? cursor.through : 0;
    const status: PlaceStatus = { sink, through, signed, behind: Math.max(0, signed - through) };
    io.print(json ? JSON.stringify(status) : lineOf(status));
  }
  if (sinks.length === 0) io.complain('The record is shipped to no place.');
  return sinks.length === 0 ? EXIT.negative : EXIT.ok;
}

function lineOf({ sink, through, signed, behind }: PlaceStatus): string {
  return `${sink}: through record ${through} of ${signed} signed, ${behind} behind`;
}

async function sinksIn(stateDir: string): Promise<readonly string[]> {
  const names = await readdir(dirname(cursorPath(stateDir, 'any'))).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .filter(isName);
}

/** Other names are no places, and no part of a path. */
function isName(name: string): boolean {
  return SINK_NAME.test(name);
}
