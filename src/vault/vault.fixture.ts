import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kek, kekOf } from './kek.ts';
import type { KeptPayload } from './kept-payload.ts';
import { readVaultSegment, type VaultReading, vaultSegments } from './read-vault.ts';
import { VaultKeys } from './vault-keys.ts';
import { type VaultPlaces, vaultPlaces } from './vault-places.ts';
import { VaultWriter, type VaultWriterOptions } from './vault-writer.ts';

export const FIRST_KEK: Kek = kekOf(Buffer.alloc(32, 1));
export const SECOND_KEK: Kek = kekOf(Buffer.alloc(32, 2));
export const NOW_MS = Date.parse('2026-11-25T08:00:00Z');

/** A vault in a directory of its own. */
export interface VaultFixture extends Disposable {
  readonly places: VaultPlaces;
  writer(options?: Partial<VaultWriterOptions>): VaultWriter;
  /** Everything that can be read in it. */
  read(keks?: readonly Kek[]): readonly VaultReading[];
  /** The bytes of its segments, by name. */
  segments(): ReadonlyMap<string, Buffer>;
}

export function vaultFixture(): VaultFixture {
  const stateDir = mkdtempSync(join(tmpdir(), 'sallyport-vault-'));
  const places = vaultPlaces(stateDir);
  const segments = (): ReadonlyMap<string, Buffer> =>
    new Map(vaultSegments(places.directory).map((name) => [name, readFileSync(join(places.directory, name))]));
  return {
    places,
    segments,
    writer: (options = {}) =>
      new VaultWriter({
        places,
        keks: [FIRST_KEK],
        segmentBytes: 1024 * 1024,
        segmentPayloads: 1000,
        segmentAgeMs: 86_400_000,
        subjectKeyDays: 30,
        maxKeyUses: 1024,
        nowMs: () => NOW_MS,
        ...options,
      }),
    read: (keks = [FIRST_KEK]) => {
      const keys = new VaultKeys(places, keks);
      return [...segments()].flatMap(([name, bytes]) => [...readVaultSegment(name, bytes, keys)]);
    },
    [Symbol.dispose]: () => rmSync(stateDir, { recursive: true, force: true }),
  };
}

export function payload(text: string, changes: Partial<KeptPayload> = {}): KeptPayload {
  const bytes = new Uint8Array(Buffer.from(text));
  return {
    kind: 'arguments',
    decisionId: `decision of ${text}`,
    server: 'files',
    tool: 'read_file',
    issuer: 'https://idp.example',
    subject: 'alice',
    salt: new Uint8Array(32).fill(7),
    bytes,
    totalBytes: bytes.length,
    kept: 'whole',
    omitted: false,
    ...changes,
  };
}

/** The payloads among what was read, as text. */
export function textsIn(readings: readonly VaultReading[]): readonly string[] {
  return readings.flatMap((reading) => (reading.kind === 'payload' ? [reading.bytes.toString()] : []));
}

/** What else was read, by kind. */
export function kindsIn(readings: readonly VaultReading[]): readonly string[] {
  return readings.map((reading) => (reading.kind === 'locked' ? `locked ${reading.why}` : reading.kind));
}
