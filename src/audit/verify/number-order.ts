import type { Finding } from './finding.ts';

/** Most findings of a log that are named one by one. */
export const MAX_FINDINGS = 1000;

interface Range {
  from: number;
  to: number;
}

/**
 * Follows the numbers of the records of a log, which have no holes, and finds what was taken out, doubled or moved.
 *
 * Numbers are hostile: memory is bounded by the places where order is broken, not by how far it is.
 */
export class NumberOrder {
  readonly findings: Finding[] = [];
  #next: number;
  readonly #holes: Range[] = [];
  #damage: { readonly segment: string; readonly offset: number } | undefined;

  /** `first`: the number that the first record should have. */
  constructor(first = 1) {
    this.#next = first;
  }

  /** The highest number so far. */
  get last(): number {
    return this.#next - 1;
  }

  /** The record `number` stands next in `segment`. @returns whether it is there for the first time. */
  see(number: number, segment: string): boolean {
    if (number >= this.#next) {
      this.#skipTo(number);
      this.#next = number + 1;
      return true;
    }
    const isLate = this.#fill(number);
    if (isLate) this.#find({ kind: 'out-of-order', segment, number, behind: this.last });
    else this.#find({ kind: 'duplicate', segment, number });
    return isLate;
  }

  /** Bytes that are no record stand next. */
  damage(segment: string, offset: number): void {
    if (this.#damage !== undefined) this.#tellDamage(this.#next);
    this.#damage = { segment, offset };
  }

  /** Nothing follows. @returns what was found, and where numbers are missing. */
  end(): readonly Finding[] {
    if (this.#damage !== undefined) this.#tellDamage(this.#next);
    return [...this.findings, ...this.#holes.map((hole): Finding => ({ kind: 'missing', ...hole }))];
  }

  #skipTo(number: number): void {
    if (this.#damage !== undefined) this.#tellDamage(number - 1);
    else if (number > this.#next && this.#holes.length < MAX_FINDINGS)
      this.#holes.push({ from: this.#next, to: number - 1 });
  }

  #tellDamage(to: number): void {
    if (this.#damage !== undefined) this.#find({ kind: 'damaged', ...this.#damage, from: this.#next, to });
    this.#damage = undefined;
  }

  /** Takes `number` out of the holes; whether it was in one. */
  #fill(number: number): boolean {
    const index = this.#holes.findIndex(({ from, to }) => from <= number && number <= to);
    const hole = this.#holes[index];
    if (hole === undefined) return false;
    const parts = [
      { from: hole.from, to: number - 1 },
      { from: number + 1, to: hole.to },
    ].filter(({ from, to }) => from <= to);
    this.#holes.splice(index, 1, ...parts);
    return true;
  }

  #find(finding: Finding): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
  }
}
