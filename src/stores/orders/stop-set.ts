import type { Stop, StopKind, StopSubject, Stops } from '../../stages/stop/stops.ts';

interface Watcher {
  readonly subject: StopSubject;
  readonly act: (stop: Stop) => void;
}

/** The stops of now in memory, by what they stop, and who waits for one. */
export class StopSet implements Pick<Stops, 'find' | 'watch'> {
  readonly #nowMs: () => number;
  readonly #watchers = new Set<Watcher>();
  #stops: readonly Stop[] = [];
  #byKind: ReadonlyMap<StopKind, ReadonlyMap<string, Stop>> = new Map();

  /** @param nowMs Wall clock, milliseconds since the epoch. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Those that hold now. */
  get list(): readonly Stop[] {
    return this.#stops.filter((stop) => this.#holds(stop));
  }

  /** Puts these in force instead of those before, and tells everybody for whom one holds. */
  replace(stops: readonly Stop[]): void {
    this.#stops = stops;
    this.#byKind = indexOf(stops);
    if (stops.length === 0) return;
    for (const watcher of this.#watchers) {
      const stop = this.find(watcher.subject);
      if (stop !== undefined && this.#watchers.delete(watcher)) watcher.act(stop);
    }
  }

  find(subject: StopSubject): Stop | undefined {
    if (this.#byKind.size === 0) return undefined;
    for (const [kind, name] of namesOf(subject)) {
      const stop = name === undefined ? undefined : this.#byKind.get(kind)?.get(name);
      if (stop !== undefined && this.#holds(stop)) return stop;
    }
    return undefined;
  }

  watch(subject: StopSubject, act: (stop: Stop) => void): () => void {
    const stop = this.find(subject);
    if (stop !== undefined) {
      act(stop);
      return () => {};
    }
    const watcher = { subject, act };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  #holds({ untilMs }: Stop): boolean {
    return untilMs === undefined || this.#nowMs() < untilMs;
  }
}

/** Of several stops of the same thing, the one that ends last. */
function indexOf(stops: readonly Stop[]): ReadonlyMap<StopKind, ReadonlyMap<string, Stop>> {
  const byKind = new Map<StopKind, Map<string, Stop>>();
  for (const stop of stops) {
    const byName = byKind.get(stop.kind) ?? new Map<string, Stop>();
    byKind.set(stop.kind, byName);
    const known = byName.get(stop.name);
    if (known === undefined || endOf(known) < endOf(stop)) byName.set(stop.name, stop);
  }
  return byKind;
}

function endOf({ untilMs = Infinity }: Stop): number {
  return untilMs;
}

/**
 * Everything by which a subject may be stopped. An agent goes by each name that vouches for it, a principal also by its
 * subject alone: a stop rather finds too much.
 */
function namesOf({ server, tool, identity }: StopSubject): readonly (readonly [StopKind, string | undefined])[] {
  return [
    ['all', ''],
    ['server', server],
    ['tool', tool === undefined ? undefined : `${server}/${tool}`],
    ['agent', identity?.actor],
    ['agent', identity?.spiffeId],
    ['agent', identity?.clientId],
    ['principal', identity?.principal],
    ['principal', identity?.subject],
    ['txn', identity?.transaction],
    ['jti', identity?.tokenId],
  ];
}
