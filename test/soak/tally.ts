import { REASONS, type ReasonCode } from '../../src/call/reason.ts';
import type { RawAnswer } from '../attacks/raw-connection.ts';

/** An answer that must not have been given. */
export interface Wrong {
  readonly attack: string;
  readonly what: string;
}

/** 5xx that say what is the matter and when to come again; all others are faults of the guard. */
const INTENDED_5XX: ReadonlySet<string> = new Set<ReasonCode>([
  'overload.busy',
  'overload.shed',
  'session.too-many',
  'draining',
]);
const MAX_WRONG = 20;

/** What hostile requests were answered with. */
export class Tally {
  readonly byStatus = new Map<string, number>();
  readonly byReason = new Map<string, number>();
  readonly byAttack = new Map<string, number>();
  /** The first answers that must not have been given. */
  readonly wrong: Wrong[] = [];
  #wrongs = 0;

  get sent(): number {
    return [...this.byAttack.values()].reduce((sum, sent) => sum + sent, 0);
  }

  /** All of them. */
  get wrongs(): number {
    return this.#wrongs;
  }

  /** Counts one request whose sender did not wait. */
  left(attack: string): void {
    count(this.byAttack, attack);
    count(this.byStatus, 'not waited for');
  }

  /** Counts one request and its answer, and whether it is one that may be given to an attack. */
  answered(attack: string, answer: RawAnswer): void {
    count(this.byAttack, attack);
    if (answer.kind !== 'reply') {
      count(this.byStatus, answer.kind);
      if (answer.kind === 'silent') this.#note({ attack, what: 'no answer' });
      return;
    }
    const reason = reasonIn(answer.body);
    count(this.byStatus, String(answer.status));
    count(this.byReason, reason ?? 'none');
    if (reason === undefined || (answer.status >= 500 && !INTENDED_5XX.has(reason))) {
      this.#note({ attack, what: `${answer.status} ${answer.body.slice(0, 500)}` });
    }
  }

  #note(wrong: Wrong): void {
    this.#wrongs += 1;
    if (this.wrong.length < MAX_WRONG) this.wrong.push(wrong);
  }
}

/** The reason code of a refusal; `undefined` when the text is none. */
function reasonIn(body: string): string | undefined {
  const reason = /"reason":"([a-z.-]+)"/.exec(body)?.[1];
  return reason !== undefined && Object.hasOwn(REASONS, reason) ? reason : undefined;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
