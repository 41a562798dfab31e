import { noteVerifier } from '../../audit/checkpoint/signed-note.ts';
import type { SinkConfig } from '../../audit/shipping/config.ts';
import { cursorPath, readCursor, writeCursor } from '../../audit/shipping/ship-cursor.ts';
import type { ShipNews } from '../../audit/shipping/ship-news.ts';
import { Shipper } from '../../audit/shipping/shipper.ts';
import { signedSize } from '../../audit/shipping/signed-size.ts';
import { SignedTail } from '../../audit/shipping/signed-tail.ts';
import { openSink } from './open-sink.ts';
import type { ShipSetup } from './ship-setup.ts';

export interface OpenShipperOptions extends Omit<ShipSetup, 'sinks'> {
  readonly name: string;
  readonly config: SinkConfig;
  readonly tell: (news: ShipNews) => void;
}

/**
 * Begins to bring the record to one place, behind what it has.
 *
 * @throws NoteError, or what the file system said.
 */
export async function openShipper(options: OpenShipperOptions): Promise<Shipper> {
  const { name, config, recordDir, stateDir, tell } = options;
  const verifier = noteVerifier(options.verifierKey);
  const path = cursorPath(stateDir, name);
  const signed = (): Promise<number> => signedSize(recordDir, verifier);
  const cursor = await readCursor(path);
  const isOfThisLog = cursor?.origin === verifier.name;
  // A log that was taken back gives numbers once more: they must come there once more.
  const after = isOfThisLog ? Math.min(cursor.through, await signed()) : 0;
  return new Shipper({
    name,
    sink: await openSink(config, verifier.name.replaceAll('/', '-')),
    tail: new SignedTail(recordDir, after),
    signed,
    keep: (through) => writeCursor(path, { origin: verifier.name, through }),
    tell,
    random: Math.random,
  });
}
