import type { LogItem } from '../audit/read-segments.ts';
import { addCounts, countPayloads, NO_PAYLOADS, type PayloadCounts } from './kept-payload.ts';
import { readVault, type VaultReading, vaultSegments } from './read-vault.ts';
import { type SaidPayload, saidOf } from './said-payload.ts';
import { returnedKeys } from './shred-subject.ts';
import { readShreds } from './shreds.ts';
import type { VaultKeys } from './vault-keys.ts';
import type { VaultPlaces } from './vault-places.ts';

/** What was seen of a vault. */
export interface VaultVerification {
  readonly segments: number;
  /** Payloads that are what the record says. */
  readonly proven: PayloadCounts;
  /** Payloads of which the record says nothing: their records are archived, or the call was refused after all. */
  readonly unrecorded: PayloadCounts;
  /** Payloads of subjects whose keys were deleted. */
  readonly shredded: PayloadCounts;
  /** Payloads that gaps count. */
  readonly lost: PayloadCounts;
  /** Payloads that the record names and that are not there, beyond those that gaps count. */
  readonly missing: PayloadCounts;
  readonly findings: readonly string[];
}

export interface VerifyVaultOptions {
  readonly places: VaultPlaces;
  /** Where the segments are: here, and in an archive. */
  readonly directories: readonly string[];
  readonly keys: VaultKeys;
  /** The records, of here and an archive. */
  readonly records: AsyncIterable<LogItem>;
}

const MAX_FINDINGS = 100;
const LOCKED = {
  'gone': 'its key is gone',
  'no-kek': 'what its key is wrapped with is not there',
  'changed': 'its key was changed',
};

/**
 * Holds what is kept to what the record says of it: nothing was changed, taken away, moved or put in.
 *
 * @throws what the file system said.
 */
export async function verifyVault(options: VerifyVaultOptions): Promise<VaultVerification> {
  const { places, directories, keys, records } = options;
  // First the record: while a service writes, a payload comes after what the record says of it.
  const check = new VaultCheck(await saidIn(records));
  for (const directory of directories) {
    for await (const reading of readVault(directory, keys)) check.see(reading);
  }
  for (const { path } of returnedKeys(places, readShreds(places)))
    check.find(`${path} is there and was to be deleted: run vault shred again`);
  const segments = directories.reduce((sum, directory) => sum + vaultSegments(directory).length, 0);
  return { segments, ...check.end() };
}

async function saidIn(records: AsyncIterable<LogItem>): Promise<Map<string, SaidPayload>> {
  const said = new Map<string, SaidPayload>();
  for await (const item of records) {
    const payload = item.kind === 'record' ? saidOf(item.record.data) : undefined;
    if (payload?.commitment !== undefined) said.set(nameOf(payload.kind, payload.decisionId), payload);
  }
  return said;
}

type Counted = 'proven' | 'unrecorded' | 'shredded' | 'lost';

class VaultCheck {
  readonly #said: Map<string, SaidPayload>;
  readonly #seen = new Set<string>();
  readonly #findings: string[] = [];
  readonly #counts: Record<Counted, PayloadCounts> = {
    proven: NO_PAYLOADS,
    unrecorded: NO_PAYLOADS,
    shredded: NO_PAYLOADS,
    lost: NO_PAYLOADS,
  };

  constructor(said: Map<string, SaidPayload>) {
    this.#said = said;
  }

  see(reading: VaultReading): void {
    switch (reading.kind) {
      case 'wrong':
        return this.find(`${reading.segment}: ${reading.what}`);
      case 'gap':
        return this.#count('lost', reading.head.lost);
      case 'payload':
      case 'locked':
        return this.#seePayload(reading);
      case 'open-end':
        return undefined;
    }
  }

  find(text: string): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(text);
  }

  end(): Omit<VaultVerification, 'segments'> {
    const left = countPayloads([...this.#said.values()]);
    const { lost } = this.#counts;
    const missing = {
      arguments: Math.max(0, left.arguments - lost.arguments),
      reply: Math.max(0, left.reply - lost.reply),
    };
    const count = missing.arguments + missing.reply;
    if (count > 0)
      this.find(
        `${count} payloads that the record names are not there: they waited when the process was killed, or were taken away`,
      );
    return { ...this.#counts, missing, findings: this.#findings };
  }

  #seePayload(reading: Extract<VaultReading, { kind: 'payload' | 'locked' }>): void {
    const { head, segment } = reading;
    const name = nameOf(head.kind, head.decision_id);
    const what = `the ${head.kind} of ${head.decision_id}`;
    const said = this.#said.get(name);
    this.#said.delete(name);
    if (this.#seen.has(name)) return this.find(`${segment}: ${what} stand there twice`);
    this.#seen.add(name);
    if (reading.kind === 'locked' && reading.why !== 'shredded')
      return this.find(`${segment}: ${what} cannot be decrypted: ${LOCKED[reading.why]}`);
    const one = countPayloads([head]);
    if (reading.kind === 'locked') return this.#count('shredded', one);
    if (said === undefined) return this.#count('unrecorded', one);
    if (said.kept === head.kept && (head.kept === 'too_long' || said.commitment === reading.commitment))
      return this.#count('proven', one);
    return this.find(`${segment}: ${what} are not those of the record`);
  }

  #count(what: Counted, counts: PayloadCounts): void {
    this.#counts[what] = addCounts(this.#counts[what], counts);
  }
}

function nameOf(kind: SaidPayload['kind'], decisionId: string): string {
  return `${kind} ${decisionId}`;
}
