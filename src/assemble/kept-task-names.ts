import { type GivenTask, TaskNames } from '../outcome/task-names.ts';
import { sealPurpose } from '../sealing/purpose.ts';
import type { Sealer } from '../sealing/seal.ts';
import { openLineFile, readLines } from '../stores/line-file.ts';

export interface KeptTaskNamesOptions {
  readonly path: string;
  readonly sealer: Sealer;
  /** Hears when the file cannot be written: its tasks are then remembered in this process only. */
  readonly onError: (error: unknown) => void;
  readonly capacity?: number;
}

/** Names of tasks that outlive a restart. Disposed, it has written all of them. */
export interface KeptTaskNames extends Disposable {
  readonly names: TaskNames;
}

const DEFAULT_CAPACITY = 10_000;

/**
 * Remembers tasks in the file at `path`, one a line: server, owner and sealed name. Without it nobody could tell after a restart
 * whose task it is that an upstream lists; a name does not say so to who has only the id.
 *
 * A line is believed as far as its name opens: one under a key that is gone is dropped. Lines are written once in each turn of
 * the event loop, however many tasks an upstream names in it.
 *
 * @throws what reading an existing file throws.
 */
export function openTaskNames({
  path,
  sealer,
  onError,
  capacity = DEFAULT_CAPACITY,
}: KeptTaskNamesOptions): KeptTaskNames {
  let waiting: string[] = [];
  const write = (): void => {
    const lines = waiting;
    waiting = [];
    if (lines.length > 0) file.add(lines);
  };
  const onGiven = (task: GivenTask): void => {
    if (waiting.push(printTask(task)) === 1) setImmediate(write);
  };
  const names = new TaskNames({ capacity, onGiven });
  for (const line of readLines(path, capacity)) recall(line, names, sealer);
  const current = (): Iterable<string> => Array.from(names.given, printTask);
  const file = openLineFile(path, { current, capacity, onError });
  return { names, [Symbol.dispose]: write };
}

function printTask({ server, owner, sealed }: GivenTask): string {
  return JSON.stringify([server, owner, sealed]);
}

function recall(line: string, names: TaskNames, sealer: Sealer): void {
  const task = readTask(line);
  if (task === undefined) return;
  const opened = sealer.open(sealPurpose('task', task.server), task.owner, task.sealed);
  if (opened.kind === 'opened') names.recall(opened.value, task);
}

function readTask(line: string): GivenTask | undefined {
  try {
    const [server, owner, sealed]: readonly unknown[] = JSON.parse(line);
    const isTask = typeof server === 'string' && typeof owner === 'string' && typeof sealed === 'string';
    return isTask ? { server, owner, sealed } : undefined;
  } catch {
    return undefined;
  }
}
