import type { Carrier } from '../e2e/carriers.ts';
import type { Stage } from './stage.ts';

/**
 * One thing that goes wrong: an entry of a table. To have another one tried, add another entry.
 *
 * Each is tried in the same way (`runTrial()`): calls of two servers at a steady rate, then the fault, then its end; what must hold
 * is the same for all (`claimsOf()`), but for what `expected` says.
 */
export interface ChaosFault {
  /** Names it in results: lower-case words with dashes. */
  readonly id: string;
  /** What is done, for people; begins what a sentence of the documentation says. */
  readonly what: string;
  /** What carries the calls. Default: the built-in proxy alone. */
  readonly carriers?: readonly Carrier[];
  /** Left out: it is tried in both forms. */
  readonly only?: 'long';
  /** Starts what the fault is done to. It ends with the trial. */
  readonly open: (setting: Setting) => Promise<Scene>;
  readonly expected: Expected;
}

/** What a scene is given. */
export interface Setting {
  /** URL of the tool server, which counts what it runs. */
  readonly upstream: string;
}

/** What is started beside Sallyport for a fault, and how the fault begins and ends. */
export interface Scene extends AsyncDisposable {
  /** The way to the tool server. Default: straight there. */
  readonly upstream?: string;
  /** The `store:` section, in one line. Default: limits are counted in memory. */
  readonly store?: string;
  /** Fields of the `decision:` section beside the usual ones. */
  readonly decision?: readonly string[];
  /** Last changes of the text of Envoy's configuration. */
  readonly edit?: (text: string) => string;
  begin(stage: Stage): Promise<unknown>;
  /** Resolves when the fault is over: from here on the time until all is well is counted. */
  end(stage: Stage): Promise<unknown>;
}

/** Where a fault differs from the others. */
export interface Expected {
  /** What callers are told while it lasts, each at least once: `STATUS REASON`. It shows that there was a fault. */
  readonly seen: readonly RegExp[];
  /** Bursts of each limit that may pass once more, because whoever counted them has lost what it knew. Default: 0. */
  readonly burstsAgain?: number;
  /** Answers that are no whole answer and still no defect: connections that the fault itself cuts. Default: none. */
  readonly cut?: RegExp;
  /** Longest time a call may take, milliseconds, where that is longer than the form says. */
  readonly waitsAtMostMs?: number;
  /** Longest time from its end until calls are served as before, milliseconds, where that is longer than the form says. */
  readonly recoversWithinMs?: number;
}
