import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftPins } from '../../src/catalogue/draft-pins.ts';
import { readLiveTools } from '../../src/catalogue/live/read-live-tools.ts';
import { writePins } from '../../src/catalogue/pins-file.ts';
import { startSallyport as start } from '../../src/main.ts';
import { type Carrying, type Front, listenerOf, startFront } from './carriers.ts';
import type { RunningSallyport } from './running-sallyport.ts';

/** Lets every call of every server pass that can be judged at all. */
export const ALLOW_ALL = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: allow-all }
rules:
  - { id: tools, match: { tool: "*" }, effect: allow }
  - { id: prompts, match: { prompt: "*" }, effect: allow }
  - { id: resources, match: { resource: "*" }, effect: allow }
  - { id: tasks, match: { method: "tasks/*" }, effect: allow }
  - { id: completion, match: { method: completion/complete }, effect: allow }
`;

export interface StartOptions extends Carrying {
  /** Name of each server → URL of its upstream. Its tools are pinned as they are now. */
  readonly servers: Readonly<Record<string, string>>;
  /** Policy file. Default: everything is allowed. */
  readonly policy?: string;
  /** The `listeners:` section in one line, in place of the carrier's: nothing stands in front then. */
  readonly listeners?: string;
  /** Lines below a server's entry, such as `origins: ["https://app.example"]`. Default: callers are anonymous. */
  readonly serverLines?: readonly string[];
  /**
   * Fields of the section `decision:`. Default: it does not wait for long when it stops, and takes a slow event loop for no sign of
   * too much work, since clients, servers and other tests run beside it.
   */
  readonly decision?: readonly string[];
  /** Further top-level text of `sallyport.yaml`, such as `authenticate:`. */
  readonly more?: string;
  /** What is logged. Default: errors. */
  readonly level?: 'error' | 'info' | 'debug';
  /** Further fields of the section `telemetry:`. */
  readonly telemetry?: readonly string[];
  /** Files beside `sallyport.yaml`, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A Sallyport under test, with what a test may look into. */
export interface StartedSallyport extends RunningSallyport {
  /** Folder of `sallyport.yaml`, `policies/`, `catalogue/` and the state. */
  readonly folder: string;
  /** The Envoy in front of it; `undefined` where the proxy carries. */
  readonly envoy: Front['envoy'];
  reload(): Promise<'swapped' | 'failed'>;
}

/** Starts Sallyport in this process, on a free port, from files as an operator would write them. */
export async function startSallyport(options: StartOptions): Promise<StartedSallyport> {
  const folder = await writeProject(options);
  const configPath = join(folder, 'sallyport.yaml');
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const running = await start({ configPath });
  undo.defer(() => running.stop());
  const { origins, envoy } = undo.use(await startFront(configPath, options));
  const origin = origins?.agents ?? running.listeners.get('agents') ?? '';
  const started = undo.move();
  const close = (): Promise<void> => started.disposeAsync();
  return {
    folder,
    envoy,
    url: (server) => `${origin}/${server}`,
    reload: () => running.reload(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Writes those files into a folder of their own, and says which. */
export async function writeProject(options: StartOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
  await mkdir(join(folder, 'catalogue'));
  await mkdir(join(folder, 'policies'));
  for (const [name, url] of Object.entries(options.servers)) {
    const { tools } = await readLiveTools({ url: new URL(url), timeoutMs: 15_000 });
    await writeFile(join(folder, `catalogue/${name}.json`), writePins(name, draftPins(name, tools).pins));
  }
  await writeFile(join(folder, 'policies/policy.yaml'), options.policy ?? ALLOW_ALL);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'sallyport.yaml'), configuration(options));
  return folder;
}

/** What a server's entry says when a test says nothing: no token is asked for. */
const ANONYMOUS = ['identity: anonymous', 'capability: none'];

function configuration(options: StartOptions): string {
  const { servers, listeners = listenerOf(options), serverLines = ANONYMOUS, more = '', level = 'error' } = options;
  const { telemetry = [] } = options;
  const { decision = ['drain_ms: 500', 'max_loop_delay_ms: 10000'] } = options;
  const entries = Object.entries(servers).map(([name, url]) =>
    [`  ${name}:`, `route: /${name}`, `upstream: ${url}`, `pins: catalogue/${name}.json`, ...serverLines].join(
      '\n    ',
    ),
  );
  return [
    `listeners: ${listeners}`,
    'servers:',
    ...entries,
    'policies: [policies/policy.yaml]',
    `telemetry: { ${[`log_level: ${level}`, ...telemetry].join(', ')} }`,
    `decision: { ${decision.join(', ')} }`,
    more,
  ].join('\n');
}
