import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, Step } from './driver.ts';
import { unreachable } from '../../src/kit/unreachable.ts';
import { outcomeOf } from './outcome-of.ts';

/** How a call is followed while it runs. */
export interface Following {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: unknown) => void;
}

export type Listed = 'tools' | 'prompts' | 'resources' | 'templates';

/** A connected client of any SDK generation, as far as the steps need it. */
export interface ClientSession {
  greeting(): unknown;
  list(what: Listed): Promise<unknown>;
  call(tool: string, args: Readonly<Record<string, unknown>>, following?: Following): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  prompt(name: string, args: Readonly<Record<string, string>>): Promise<unknown>;
  complete(prompt: string, argument: string, value: string): Promise<unknown>;
  /** Listens until it is told to stop; `heard` is called for each announcement of a changed tool list. */
  listen(heard: () => void): Promise<() => Promise<void>>;
  leave(): Promise<unknown>;
  close(): Promise<void>;
}

/** Does `steps` one after the other with a client that `connect` makes, and disconnects it whatever happens. */
export async function runSteps(
  connect: () => Promise<ClientSession>,
  steps: readonly Step[],
  url: string,
): Promise<readonly Outcome[]> {
  const session = await connect();
  try {
    const outcomes: Outcome[] = [];
    for (const step of steps) outcomes.push(await doStep(session, step, url));
    return outcomes;
  } finally {
    await session.close();
  }
}

function doStep(session: ClientSession, step: Step, url: string): Promise<Outcome> {
  return step.do === 'call' ? call(session, step, url) : outcomeOf(url, () => act(session, step));
}

async function act(session: ClientSession, step: Exclude<Step, { do: 'call' }>): Promise<unknown> {
  switch (step.do) {
    case 'greet':
      return session.greeting();
    case 'list':
      return session.list(step.what);
    case 'cancel':
      return cancelAtFirstProgress(session, step.tool, step.args ?? {});
    case 'read':
      return session.read(step.uri);
    case 'prompt':
      return session.prompt(step.name, step.args ?? {});
    case 'complete':
      return session.complete(step.prompt, step.argument, step.value);
    case 'hear':
      return hear(session, step.trigger);
    case 'leave':
      return session.leave();
    default:
      return unreachable(step);
  }
}

function call(session: ClientSession, step: Extract<Step, { do: 'call' }>, url: string): Promise<Outcome> {
  if (step.progress === undefined) return outcomeOf(url, () => session.call(step.tool, step.args ?? {}));
  const progress: unknown[] = [];
  const onProgress = (each: unknown) => void progress.push(each);
  return outcomeOf(url, () => session.call(step.tool, step.args ?? {}, { onProgress }), progress);
}

async function cancelAtFirstProgress(
  session: ClientSession,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const controller = new AbortController();
  return session.call(tool, args, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('taken back')),
  });
}

/** A GET stream opens when it opens, and what was told before is lost: so the trigger is pulled until something is heard. */
async function hear(session: ClientSession, trigger: string): Promise<string> {
  const heard = Promise.withResolvers<void>();
  const stop = await session.listen(() => heard.resolve());
  try {
    for (let tries = 0; tries < 20; tries += 1) {
      await session.call(trigger, {});
      const first = await Promise.race([heard.promise.then(() => 'heard'), sleep(250, 'silence')]);
      if (first === 'heard') return 'heard';
    }
    return 'silence';
  } finally {
    await stop();
  }
}
