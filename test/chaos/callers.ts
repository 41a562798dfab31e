import { setTimeout as pause } from 'node:timers/promises';
import { RawConnection } from '../attacks/raw-connection.ts';
import { isKept, type LoadAnswer, requestOf } from '../envoy/load/call-load.ts';
import { type Reading, readAnswer } from '../envoy/load/read-answer.ts';

export interface CallersOptions {
  readonly url: string;
  /** JSON-RPC id of the first call; each further one has the next. */
  readonly firstId: number;
  /** Told of each call that is over. */
  readonly onAnswer: (answer: LoadAnswer) => void;
}

const TICK_MS = 5;
/** Longer than any answer may take. */
const ANSWER_MS = 30_000;

/** Callers of one server, as many as it takes, each with one call on its way. They go on whatever happens. */
export class Callers implements Disposable {
  readonly #options: CallersOptions;
  readonly #idle: RawConnection[] = [];
  #next: number;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#next = options.firstId;
  }

  /** Calls `perSecond` times a second, whatever becomes of the calls, until `stop` aborts. Resolves when all are answered. */
  async callAtRate(perSecond: number, stop: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    const open = new Set<Promise<unknown>>();
    for (let made = 0; !stop.aborted; await pause(TICK_MS)) {
      for (const due = ((performance.now() - startedMs) * perSecond) / 1000; made < due; made += 1) {
        const call = this.call();
        open.add(call);
        void call.then(() => open.delete(call));
      }
    }
    await Promise.all(open);
  }

  /** `callers` call one after the other for as long as `goesOn` says. */
  async callInTurn(callers: number, goesOn: (reading: Reading) => boolean | Promise<boolean>): Promise<void> {
    const caller = async (): Promise<void> => {
      while (await goesOn(await this.call()));
    };
    await Promise.all(Array.from({ length: callers }, caller));
  }

  /** Makes one call. Never rejects. */
  async call(): Promise<Reading> {
    const id = this.#next;
    this.#next += 1;
    const sentMs = performance.now();
    const reading = await this.#exchange(id).catch(() => NO_CONNECTION);
    this.#options.onAnswer({ id, kind: 'echo', sentMs, endedMs: performance.now(), reading });
    return reading;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#idle.splice(0)) connection[Symbol.dispose]();
  }

  async #exchange(id: number): Promise<Reading> {
    const connection = await this.#connected();
    const answer = await connection.exchange(requestOf(this.#options, 'echo', id), ANSWER_MS);
    if (isKept(connection, answer)) this.#idle.push(connection);
    else connection[Symbol.dispose]();
    return readAnswer(answer, 'echo', id);
  }

  async #connected(): Promise<RawConnection> {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (!kept.closed) return kept;
    }
    return await RawConnection.open(this.#options.url);
  }
}

const NO_CONNECTION: Reading = { kind: 'wrong', what: 'no connection' };
