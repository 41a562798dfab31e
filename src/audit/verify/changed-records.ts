import { sequenceText } from '../record-text.ts';
import { leafHash } from '../tree/hash-tree.ts';
import type { Finding } from './finding.ts';
import { MAX_FINDINGS } from './number-order.ts';

/** The hash that was signed for the record of that number, as far as it is known. */
export type SignedLeaf = (number: number) => Buffer | undefined;

interface Run {
  from: number;
  to: number;
  readonly signedFrom: number;
}

/** How far away the record is looked for that a changed one was. */
const MAX_SHIFT = 8;

/**
 * Gathers the records that are not those that were signed under their numbers, and finds among them those that only have
 * another number: what stands behind a record that was taken out and whose numbers were closed up, or two that were swapped.
 */
export class ChangedRecords {
  readonly #signedLeaf: SignedLeaf;
  readonly #findings: Finding[] = [];
  readonly #runs: Run[] = [];
  #shift = 1;

  constructor(signedLeaf: SignedLeaf) {
    this.#signedLeaf = signedLeaf;
  }

  /** What was gathered. */
  get findings(): readonly Finding[] {
    return [...this.#findings, ...this.#runs.map((run): Finding => ({ kind: 'renumbered', ...run }))];
  }

  /** Records `[1, through]` of these are told, the others were not signed. */
  add(number: number, payload: Buffer, segment: string): void {
    const shift = this.#shiftOf(number, payload);
    if (shift === undefined) {
      if (this.#findings.length < MAX_FINDINGS) this.#findings.push({ kind: 'changed', segment, number });
      return;
    }
    this.#shift = shift;
    const last = this.#runs.at(-1);
    if (last !== undefined && last.to === number - 1 && last.signedFrom - last.from === shift) last.to = number;
    else if (this.#runs.length < MAX_FINDINGS)
      this.#runs.push({ from: number, to: number, signedFrom: number + shift });
  }

  /** By how much its number was changed; `undefined` when it is not one of the records around it. */
  #shiftOf(number: number, payload: Buffer): number | undefined {
    const text = payload.toString();
    const at = text.lastIndexOf(`"sequence":"${sequenceText(number)}"`);
    if (at === -1) return undefined;
    return this.#likelyShifts().find((shift) => {
      const signed = this.#signedLeaf(number + shift);
      if (signed === undefined) return false;
      const start = at + '"sequence":"'.length;
      const asSigned = text.slice(0, start) + sequenceText(number + shift) + text.slice(start + 16);
      return leafHash(Buffer.from(asSigned)).equals(signed);
    });
  }

  #likelyShifts(): readonly number[] {
    const around = Array.from({ length: MAX_SHIFT }, (_, index) => [index + 1, -index - 1]).flat();
    return [this.#shift, ...around];
  }
}
