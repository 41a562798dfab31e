import type { LoadAnswer } from '../../envoy/load/call-load.ts';

const MAX_SHOWN = 10;

/** What became of the calls of a load. */
export class LoadTally {
  /** Ids of the calls that the tool server answered. */
  readonly completed = new Set<number>();
  /** Status and reason → how often a call was refused so. */
  readonly refused = new Map<string, number>();
  /** The first answers that are neither. */
  readonly wrong: string[] = [];
  #wrongs = 0;

  /** All of them. */
  get wrongs(): number {
    return this.#wrongs;
  }

  get calls(): number {
    return this.completed.size + this.#wrongs + this.refusals;
  }

  get refusals(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  add({ id, kind, reading }: LoadAnswer): void {
    switch (reading.kind) {
      case 'completed':
        this.completed.add(id);
        break;
      case 'refused': {
        const how = `${reading.status} ${reading.why}`;
        this.refused.set(how, (this.refused.get(how) ?? 0) + 1);
        break;
      }
      case 'wrong':
        this.#wrongs += 1;
        if (this.wrong.length < MAX_SHOWN) this.wrong.push(`${kind} ${id}: ${reading.what}`);
    }
  }
}
