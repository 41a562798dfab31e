import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, Step } from './driver.ts';
import { outcomeOf } from './outcome-of.ts';

/** How a call is followed while it runs. */
export interface Following {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: unknown) => void;
}

/** A connected client of any SDK generation, as far as the steps need it. */
export interface ClientSession {
  greeting(): unknown;
  list(what: 'tools' | 'prompts' | 'resources' | 'templates'): Promise<unknown>;
  call(tool: string, args: Readonly<Record<string, unknown>>, following?: Following): Promise<unknown>;
  read(uri: string): Promise<unknown>;
  prompt(name: string, args: Readonly<Record<string, string>>): Promise<unknown>;
  complete(prompt: string, argument: string, value: string): Promise<unknown>;
  /** Listens until it is told to stop; `heard` is called for each announcement of a changed tool list. */
  listen(heard: () => void): Promise<() => Promise<void>>;
  leave(): Promise<unknown>;
  close(): Promise<void>;
}

/** Does one step with a connected client. */
export function doStep(session: ClientSession, step: Step, url: string): Promise<Outcome> {
  switch (step.do) {
    case 'greet':
      return outcomeOf(url, async () => session.greeting());
    case 'list':
      return outcomeOf(url, () => session.list(step.what));
    case 'call':
      return call(session, step, url);
    case 'cancel':
      return outcomeOf(url, () => cancelAtFirstProgress(session, step.tool, step.args ?? {}));
    case 'read':
      return outcomeOf(url, () => session.read(step.uri));
    case 'prompt':
      return outcomeOf(url, () => session.prompt(step.name, step.args ?? {}));
    case 'complete':
      return outcomeOf(url, () => session.complete(step.prompt, step.argument, step.value));
    case 'hear':
      return outcomeOf(url, () => hear(session, step.trigger));
    case 'leave':
      return outcomeOf(url, () => session.leave());
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
