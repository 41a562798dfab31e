import { Lru } from '../kit/lru.ts';

/** A task as it was given to its owner: `sealed` opens to its id, for him alone. */
export interface GivenTask {
  readonly server: string;
  readonly owner: string;
  readonly sealed: string;
}

export interface TaskNamesOptions {
  /** Tasks that are remembered. Default 10 000. */
  readonly capacity?: number;
  /** Hears of each task that is given for the first time. Must not throw. */
  readonly onGiven?: (task: GivenTask) => void;
}

/** Longer ids are not remembered, bytes of UTF-16. */
const MAX_ID_LENGTH = 512;

/**
 * Remembers under which sealed name each task was given to its owner.
 *
 * Three uses: an agent sees one name for one task, so that it can compare them; `tasks/list` shows a caller his own tasks
 * only, since an upstream that is shown no caller's credential may list everybody's; and a message about a task of another
 * caller is not passed on. What is forgotten (for 10 000 younger tasks) is not listed any more, and its id can be taken for a new
 * task; the sealed name that its owner holds keeps working.
 */
export class TaskNames {
  readonly #names: Lru<string, GivenTask>;
  readonly #onGiven: (task: GivenTask) => void;

  constructor({ capacity = 10_000, onGiven = () => {} }: TaskNamesOptions = {}) {
    this.#names = new Lru(capacity);
    this.#onGiven = onGiven;
  }

  /** All that is remembered, the task that was used longest ago first. */
  get given(): Iterable<GivenTask> {
    return this.#names.values();
  }

  /** The sealed name of a task that `owner` was given here, if it is remembered. */
  nameFor(server: string, owner: string, id: string): string | undefined {
    const name = this.#names.get(keyOf(server, id));
    return name?.owner === owner ? name.sealed : undefined;
  }

  /** Whether the task was given to somebody else than `owner`. */
  isOfAnother(server: string, owner: string, id: string): boolean {
    const name = this.#names.get(keyOf(server, id));
    return name !== undefined && name.owner !== owner;
  }

  /** Notes that `owner` has the task. The first owner stays: a task that is shown to a second caller is not his. */
  remember(server: string, owner: string, id: string, sealed: string): void {
    const task = { server, owner, sealed };
    if (this.recall(id, task)) this.#onGiven(task);
  }

  /** Notes a task that was given earlier, before a restart. @returns Whether it was not known. */
  recall(id: string, task: GivenTask): boolean {
    const key = keyOf(task.server, id);
    if (id.length > MAX_ID_LENGTH || this.#names.get(key) !== undefined) return false;
    this.#names.set(key, task);
    return true;
  }
}

function keyOf(server: string, id: string): string {
  return `${server}\0${id}`;
}
