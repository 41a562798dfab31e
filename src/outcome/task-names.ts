import { Lru } from '../kit/lru.ts';

/** A task id as its owner knows it. */
interface TaskName {
  readonly owner: string;
  readonly sealed: string;
}

/** Longer ids are not remembered, bytes of UTF-16. */
const MAX_ID_LENGTH = 512;

/**
 * Remembers under which sealed name each task was given to its owner.
 *
 * Three uses: an agent sees one name for one task, so that it can compare them; `tasks/list` shows a caller his own tasks
 * only, since an upstream that is shown no caller's credential may list everybody's; and a message about a task of another
 * caller is not passed on. What is forgotten (a restart, 10 000 younger tasks) is not listed any more, and its id can be
 * taken for a new task; the sealed name that its owner holds keeps working.
 */
export class TaskNames {
  readonly #names: Lru<string, TaskName>;

  constructor(capacity = 10_000) {
    this.#names = new Lru(capacity);
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
    if (id.length > MAX_ID_LENGTH || this.#names.get(keyOf(server, id)) !== undefined) return;
    this.#names.set(keyOf(server, id), { owner, sealed });
  }
}

function keyOf(server: string, id: string): string {
  return `${server}\0${id}`;
}
