import type { PinnedTool } from './catalogue.ts';

/** A tool that showed another definition than the accepted one, and is refused for all callers until somebody looked. */
export interface QuarantineEntry {
  readonly server: string;
  readonly tool: string;
  /** The accepted pin at that time. When the operator accepts another one, the entry no longer counts. */
  readonly pin: string;
  /** Digest of the definition that was seen instead. */
  readonly seen: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Who was shown it. */
  readonly principal: string;
  /** What changed, readable and bounded: one line a difference. */
  readonly diff: readonly string[];
}

/** Where quarantine outlives the process. `stores/quarantine` fills it. */
export interface QuarantineStore {
  /** Every entry. @throws when what is stored cannot be read: a service must then not start. */
  load(): readonly QuarantineEntry[];
  /** Keeps an entry, replacing one of the same tool. @throws when it cannot be written. */
  put(entry: QuarantineEntry): void;
  /** Forgets the entry of a tool, if there is one. */
  remove(server: string, tool: string): void;
}

/**
 * Which tools are in quarantine now.
 *
 * In memory first: a tool is refused from the moment it is added, also when it cannot be stored. Bounded by the number of
 * pinned tools.
 */
export class Quarantine {
  readonly #store: QuarantineStore;
  /** What could not be stored yet. */
  readonly #unstored = new Map<string, QuarantineEntry>();
  #entries: ReadonlyMap<string, QuarantineEntry>;

  /** @throws when the store cannot be read. */
  constructor(store: QuarantineStore) {
    this.#store = store;
    this.#entries = byTool(store.load());
  }

  /** Whether `tool` is refused. An entry for another pin than the tool has now was answered by accepting that pin. */
  has(server: string, tool: Pick<PinnedTool, 'name' | 'pin'>): boolean {
    return this.#entries.get(keyOf(server, tool.name))?.pin === tool.pin;
  }

  get(server: string, tool: Pick<PinnedTool, 'name' | 'pin'>): QuarantineEntry | undefined {
    const entry = this.#entries.get(keyOf(server, tool.name));
    return entry?.pin === tool.pin ? entry : undefined;
  }

  /** @throws what kept it from being stored; the tool is in quarantine all the same, until the process ends. */
  add(entry: QuarantineEntry): void {
    const key = keyOf(entry.server, entry.tool);
    this.#entries = new Map(this.#entries).set(key, entry);
    this.#unstored.set(key, entry);
    this.#store.put(entry);
    this.#unstored.delete(key);
  }

  /**
   * Takes over what an operator changed in the store meanwhile; what could not be stored before is tried again and stays
   * in any case.
   *
   * @throws when the store cannot be read or written; nothing gets out of quarantine then.
   */
  refresh(): void {
    for (const entry of this.#unstored.values()) this.add(entry);
    this.#entries = byTool(this.#store.load());
  }

  get size(): number {
    return this.#entries.size;
  }

  list(): readonly QuarantineEntry[] {
    return [...this.#entries.values()];
  }
}

function byTool(entries: readonly QuarantineEntry[]): ReadonlyMap<string, QuarantineEntry> {
  return new Map(entries.map((entry) => [keyOf(entry.server, entry.tool), entry]));
}

/** Server names have no NUL, so no two pairs share a key. */
function keyOf(server: string, tool: string): string {
  return `${server}\0${tool}`;
}
