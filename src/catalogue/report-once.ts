/** What is reported at most so many times about one server: a server that changes with every list must not fill the log. */
const MAX_REPORTS = 256;

/** Whether something should be reported: `last` is the last time for its kind and server. */
export type Turn = 'report' | 'last' | 'no';

/**
 * Remembers what was reported, by kind, server and key. Holds at most 256 keys for each pair of a kind and a configured
 * server.
 */
export class ReportOnce {
  readonly #reported = new Map<string, Set<string>>();

  /** Says whether this key is due, and notes it. */
  take(kind: string, server: string, key: string): Turn {
    const place = `${kind} ${server}`;
    const keys = this.#reported.get(place) ?? new Set();
    this.#reported.set(place, keys);
    if (keys.has(key) || keys.size >= MAX_REPORTS) return 'no';
    keys.add(key);
    return keys.size === MAX_REPORTS ? 'last' : 'report';
  }
}
