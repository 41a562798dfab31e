import type { Facts } from '../decision/facts.ts';
import type { Outcome, Recorder } from '../decision/record.ts';
import { BriefMap } from '../kit/brief-map.ts';
import type { Clock } from '../kit/clock.ts';
import { Attendance } from './attendance.ts';
import { BytesByOwner } from './bytes-by-owner.ts';
import { bytesKept, type ExchangeHolds, type JudgedExchange, type OpenExchange, withoutBody } from './open-exchange.ts';
import { RecentIds } from './recent-ids.ts';

export type { OpenExchange } from './open-exchange.ts';

/** What became of an exchange. Without a duration it is what passed since it was opened. */
export type Report = Omit<Outcome, 'durationMs'> & { readonly durationMs?: number | undefined };

/** What came of a report. `repeated`: somebody told it before. `unknown`: no such exchange was open here. */
export type Settled = 'settled' | 'repeated' | 'unknown';

/** An exchange that belongs to whoever claimed it, until its outcome is told. It does not expire. */
export interface ClaimedExchange<F extends Facts = Facts> extends JudgedExchange<F> {
  readonly decisionId: string;
  readonly reply: 'judge' | 'edit';
  /**
   * Takes the outcome, once: the first report wins, whoever tells it. What the call held is given back with it. To be told
   * whatever happens, or the call is never over.
   */
  readonly recorder: Pick<Recorder, 'outcome'>;
  /**
   * The call no longer runs, and what became of it may be told a little later: what it held is given back now. Nothing when its
   * outcome was told. Never throws.
   */
  leave(): void;
}

/**
 * The allowed calls of one listener that are under way elsewhere, from the allow until the first report of their outcome.
 *
 * It lives in this process: of a call that another process allowed, or this one before it was restarted, it knows nothing,
 * and says so. Nothing here makes or widens a permission.
 */
export interface ExchangeLedger<F extends Facts = Facts> {
  /** Keeps an exchange. @returns Whether there was room; when not, the caller still owns it and must not let it go. */
  open(exchange: OpenExchange<F>): boolean;
  /** Takes an exchange whose reply is to be judged, once; `undefined` when there is none to be had under this id. */
  claim(decisionId: string): ClaimedExchange<F> | undefined;
  /** Tells what became of an exchange, gives back what it held, and forgets it. Never throws. */
  settle(report: Report): Settled;
  /** Hears that an exchange still runs: its time begins anew. */
  alive(decisionId: string): void;
  /** Whether somebody comes for the replies that are to be judged. When not, no further one may be promised. */
  readonly attended: boolean;
  /** Believes anew that somebody comes: the configuration was changed. */
  forgive(): void;
  /** Exchanges that are open now. */
  readonly size: number;
  /** Resolves when none is open. */
  whenEmpty(): Promise<void>;
  /** Settles what nobody reported in time, and looks for replies that nobody came for. To be called about once a second. */
  sweep(): void;
  /** Settles as `unknown` what is still open, since nobody will report any more, and takes nothing in. */
  close(): void;
}

/** What the operator should hear of. */
export type LedgerEvent =
  /** There was no room for one more. */
  | 'full'
  /** Nobody had a word about it for too long. */
  | 'expired'
  /** Nobody came for a reply that is to be judged, and the call still runs. */
  | 'unattended'
  /** A reply that was to be judged went to its caller, and nobody had come for it. */
  | 'unjudged'
  /** Calls have been under way for a minute, and nobody has ever told what became of one. Comes once. */
  | 'untold';

export interface LedgerOptions {
  readonly clock: Clock;
  /** Exchanges that may be open at once. */
  readonly maxExchanges: number;
  /** Bytes of calls that may be kept at once: all, and half as many for one caller. */
  readonly maxBytes: number;
  /** Whether somebody is to tell what became of calls that pass unjudged. */
  readonly expectsLog: boolean;
  /** Longest time without a word about an exchange, milliseconds. */
  readonly reportWithinMs: number;
  /** Hears that a claimed exchange no longer runs, before its outcome is known. Never throws. */
  readonly onLeft: (decisionId: string) => void;
  /** Never throws. */
  readonly onEvent: (event: LedgerEvent, decisionId: string) => void;
  /** Hears why something could not be given back. */
  readonly onError: (error: unknown) => void;
}

/** Allowance for reports on their way, milliseconds. */
const ON_ITS_WAY_MS = 1000;
/** Time after which somebody should have told of a first call, milliseconds. */
const FIRST_TOLD_MS = 60_000;
/** On whose account nothing is kept. */
const NOBODY = '';
/** Settled exchanges that are told from unknown ones when somebody reports them once more. */
const REMEMBERED = 8192;

interface Entry<F extends Facts> extends ExchangeHolds {
  readonly reply: 'pass' | 'judge' | 'edit';
  /** None on `pass`. */
  readonly judged: JudgedExchange<F> | undefined;
  readonly openedMs: number;
  /** When it was last heard of. */
  readonly heardMs: number;
  /** On whose account its bytes are kept. */
  readonly owner: string;
  readonly bytes: number;
  /** It no longer runs, and has given back what it held. */
  readonly isLeft: boolean;
}

/** An empty ledger. */
export function createExchangeLedger<F extends Facts>(options: LedgerOptions): ExchangeLedger<F> {
  return new Exchanges<F>(options);
}

class Exchanges<F extends Facts> implements ExchangeLedger<F> {
  readonly #options: LedgerOptions;
  /** In the order in which they were last heard of: the first to expire is the first one. */
  readonly #waiting = new BriefMap<string, Entry<F>>();
  readonly #claimed = new BriefMap<string, Entry<F>>();
  readonly #recent = new RecentIds(REMEMBERED);
  readonly #attendance: Attendance;
  readonly #bytes: BytesByOwner;
  /** Whether anybody ever told an outcome, or it was said that nobody does. */
  #told = false;
  #closed = false;
  #empty: PromiseWithResolvers<void> | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#bytes = new BytesByOwner(options.maxBytes);
    this.#attendance = new Attendance(options.clock, options.expectsLog);
  }

  get size(): number {
    return this.#waiting.size + this.#claimed.size;
  }

  get attended(): boolean {
    return this.#attendance.attended;
  }

  forgive(): void {
    this.#attendance.seen();
  }

  open(exchange: OpenExchange<F>): boolean {
    const { decisionId, reply, recorder, release, withdraw, awaited } = exchange;
    const bytes = bytesKept(exchange);
    const owner = exchange.reply === 'pass' ? NOBODY : exchange.facts.identity.principal;
    if (!this.#hasRoom(decisionId) || !this.#bytes.hasRoom(owner, bytes)) {
      this.#options.onEvent('full', decisionId);
      return false;
    }
    const judged = exchange.reply === 'pass' ? undefined : judgedOf(exchange);
    const openedMs = this.#options.clock.monotonicMs();
    const holds = { decisionId, recorder, release, withdraw, awaited };
    const entry = { ...holds, reply, judged, openedMs, heardMs: openedMs, owner, bytes, isLeft: false };
    this.#waiting.set(decisionId, entry);
    this.#bytes.add(owner, bytes);
    if (judged !== undefined) this.#attendance.expect(decisionId);
    return true;
  }

  claim(decisionId: string): ClaimedExchange<F> | undefined {
    const entry = this.#waiting.get(decisionId);
    if (entry?.judged === undefined || entry.reply === 'pass') return undefined;
    this.#waiting.delete(decisionId);
    this.#claimed.set(decisionId, entry);
    this.#attendance.came(decisionId);
    entry.awaited?.[Symbol.dispose]();
    return {
      ...entry.judged,
      decisionId,
      reply: entry.reply,
      recorder: { outcome: (told) => void this.settle(told) },
      leave: () => this.#leave(decisionId),
    };
  }

  settle(report: Report): Settled {
    const { decisionId, kind } = report;
    this.#told ||= isLogged(kind);
    const waiting = this.#waiting.get(decisionId);
    const entry = waiting ?? this.#claimed.get(decisionId);
    const known = entry !== undefined || this.#recent.has(decisionId);
    // Of what nobody has claimed, or somebody told before, nothing but the log tells this.
    if (isLogged(kind) && known && !this.#claimed.has(decisionId)) this.#attendance.heard();
    if (entry === undefined) return known ? 'repeated' : 'unknown';
    const unjudged = waiting?.judged !== undefined && (kind === 'answered' || kind === 'cancelled');
    this.#forget(entry);
    if (unjudged) this.#noteUnjudged(decisionId);
    this.#tell(entry, unjudged ? { ...report, operatorDetail: UNJUDGED } : report);
    return 'settled';
  }

  alive(decisionId: string): void {
    const entry = this.#waiting.get(decisionId);
    if (entry === undefined) return;
    this.#told = true;
    this.#attendance.heard();
    // It goes on, and nobody has come: at the very moment of the promise that would be no wonder.
    if (this.attended && entry.judged !== undefined && this.#attendance.isLate(entry.openedMs)) {
      this.#noteUnjudged(decisionId);
    }
    this.#waiting.set(decisionId, { ...entry, heardMs: this.#options.clock.monotonicMs() });
  }

  sweep(): void {
    const { clock, reportWithinMs, onEvent } = this.#options;
    this.#askForFirst();
    const latestMs = clock.monotonicMs() - reportWithinMs - ON_ITS_WAY_MS;
    for (const { decisionId, heardMs } of this.#waiting.values()) {
      if (heardMs > latestMs) break;
      onEvent('expired', decisionId);
      this.settle(unknown(decisionId));
    }
    for (const decisionId of this.#attendance.missed()) onEvent('unattended', decisionId);
  }

  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    this.#empty ??= Promise.withResolvers<void>();
    return this.#empty.promise;
  }

  close(): void {
    this.#closed = true;
    for (const decisionId of [...this.#waiting.keys(), ...this.#claimed.keys()]) this.settle(unknown(decisionId));
  }

  #leave(decisionId: string): void {
    const entry = this.#claimed.get(decisionId);
    if (entry === undefined || entry.isLeft) return;
    const { onLeft, onError } = this.#options;
    this.#claimed.set(decisionId, { ...entry, isLeft: true });
    onLeft(decisionId);
    entry.release().catch(onError);
  }

  /** An id that is open, or was, is never opened a second time: one of the two would never be told. */
  #hasRoom(decisionId: string): boolean {
    if (this.#closed || this.size >= this.#options.maxExchanges) return false;
    return !this.#waiting.has(decisionId) && !this.#claimed.has(decisionId);
  }

  #forget({ decisionId, owner, bytes }: Entry<F>): void {
    this.#waiting.delete(decisionId);
    this.#claimed.delete(decisionId);
    this.#attendance.over(decisionId);
    this.#recent.add(decisionId);
    this.#bytes.remove(owner, bytes);
    if (this.size > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }

  #askForFirst(): void {
    const { clock, onEvent } = this.#options;
    const [oldest] = this.#told ? [] : this.#waiting.values();
    if (oldest === undefined || clock.monotonicMs() - oldest.openedMs < FIRST_TOLD_MS) return;
    this.#told = true;
    onEvent('untold', oldest.decisionId);
  }

  #noteUnjudged(decisionId: string): void {
    this.#attendance.absent();
    this.#options.onEvent('unjudged', decisionId);
  }

  #tell(entry: Entry<F>, report: Report): void {
    const { clock, onError } = this.#options;
    const durationMs = report.durationMs ?? Math.max(0, clock.monotonicMs() - entry.openedMs);
    try {
      entry.recorder.outcome({ ...report, durationMs });
    } catch (error) {
      onError(error);
    }
    // What was not delivered costs its caller nothing.
    if (report.kind === 'undelivered') entry.withdraw().catch(onError);
    else if (!entry.isLeft) entry.release().catch(onError);
  }
}

/** Whether an outcome is one of a call that Envoy had carried on: nobody but its log and the streams can say so. */
function isLogged(kind: Report['kind']): boolean {
  return kind !== 'unknown' && kind !== 'undelivered';
}

const UNJUDGED = 'the reply was to be judged, and no ext_proc stream came for it';

function unknown(decisionId: string): Report {
  return { decisionId, kind: 'unknown', replyBytes: 0 };
}

function judgedOf<F extends Facts>(exchange: OpenExchange<F> & { reply: 'judge' | 'edit' }): JudgedExchange<F> {
  const { reply, received, facts, superseded } = exchange;
  return reply === 'edit' ? { received, facts, superseded } : withoutBody({ received, facts, superseded });
}
