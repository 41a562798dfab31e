import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Carrier, type Front, listenerOf, startFront } from '../e2e/carriers.ts';
import { freePort } from '../e2e/free-port.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import { type ServedProcess, startServed } from '../soak/served-process.ts';
import type { Scene } from './fault.ts';
import type { TrialForm } from './trial-form.ts';

/** Servers of a trial: one whose limit is closed while its store is lost, one whose limit is then counted by each instance. */
export const SERVERS = ['strict', 'shared'] as const;
export type ServerName = (typeof SERVERS)[number];

/** What of a limit an instance has by itself while the store is lost: one in so many. */
export const INSTANCES = 20;

/** All that runs in a trial beside the tool server: a Sallyport of built files, and an Envoy where one carries. */
export interface Stage extends AsyncDisposable {
  /** Of `sallyport.yaml` and the record. */
  readonly folder: string;
  /** The Sallyport that runs now. */
  readonly served: ServedProcess;
  /** Whether it is the one that was started first. */
  readonly isFirst: boolean;
  urlOf(server: ServerName): string;
  killSallyport(): Promise<void>;
  startSallyport(): Promise<void>;
  killEnvoy(): Promise<void>;
  /** Starts it again at the same port. */
  startEnvoy(): Promise<void>;
}

export interface StageOptions {
  readonly carrier: Carrier;
  readonly scene: Scene;
  /** URL by which the tool server is reached. */
  readonly upstream: string;
  readonly form: TrialForm;
}

/** Writes a project, and starts what serves it. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { carrier, scene } = options;
  const port = await freePort();
  const folder = await writeFiles(options, port);
  const configPath = join(folder, 'sallyport.yaml');
  await using opening = new AsyncDisposableStack();
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  let served = await startServed(folder);
  const first = served;
  opening.defer(() => served.kill());
  const edit = scene.edit === undefined ? {} : { edit: scene.edit };
  const start = (): Promise<Front> => startFront(configPath, { carrier, port, ...edit });
  let front = await start();
  opening.defer(() => front[Symbol.asyncDispose]());
  const opened = opening.move();
  return {
    folder,
    get served() {
      return served;
    },
    get isFirst() {
      return served === first;
    },
    urlOf: (server) => `http://127.0.0.1:${port}/${server}`,
    killSallyport: () => served.kill(),
    async startSallyport() {
      served = await startServed(folder);
    },
    async killEnvoy() {
      await front[Symbol.asyncDispose]();
    },
    async startEnvoy() {
      front = await start();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A breaker that tries again soon, as a trial does not wait for long. */
const BREAKER = 'breaker: { minimum_calls: 10, window_calls: 20, half_open_calls: 3, wait_ms: 300, max_wait_ms: 300 }';
const SERVER_LINES = [
  'identity: anonymous',
  'capability: none',
  'max_calls_per_principal: 10000',
  'reply_timeout_ms: 500',
  BREAKER,
];

async function writeFiles({ carrier, scene, upstream, form }: StageOptions, port: number): Promise<string> {
  const folder = await writeProject({
    servers: Object.fromEntries(SERVERS.map((server) => [server, upstream])),
    listeners: listenerOf({ carrier, port }),
    serverLines: SERVER_LINES,
    policy: policyOf(form),
    decision: [`deadline_ms: ${form.deadlineMs}`, 'drain_ms: 500', ...(scene.decision ?? [`max_loop_delay_ms: 10000`])],
    level: 'info',
    more: scene.store === undefined ? '' : `store: ${scene.store}`,
  });
  await haveEffects(join(folder, 'catalogue/strict.json'));
  return folder;
}

/** Neither limit gives anything back within a trial, so what passes can be counted to the last call. */
function policyOf({ burst }: TrialForm): string {
  const limit = (server: ServerName, more: string): string =>
    `  - { id: ${server}, match: { server: ${server}, tool: echo }, effect: limit, limit: { burst: ${burst}, per_day: 1${more} } }`;
  return [
    'apiVersion: sallyport/v1',
    'kind: Policy',
    'metadata: { name: chaos }',
    'rules:',
    '  - { id: tools, match: { tool: "*" }, effect: allow }',
    // Closed while the store is lost: that is so for a tool with effects.
    limit('strict', ''),
    limit('shared', ', when_store_lost: local'),
    '',
  ].join('\n');
}

/** Pins every tool of that file as one that changes something, and must not be called twice. */
async function haveEffects(file: string): Promise<void> {
  const pins = JSON.parse(await readFile(file, 'utf8')) as { readonly tools: readonly object[] };
  const tools = pins.tools.map((tool) => ({ ...tool, effects: ['write'], idempotent: false }));
  await writeFile(file, JSON.stringify({ ...pins, tools }));
}
