import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RunningCluster, startCluster } from '../redis/start-cluster.ts';
import { startSentinel } from '../redis/start-sentinel.ts';
import type { ChaosFault, Scene } from './fault.ts';
import { LOST, storeOf } from './redis-faults.ts';

/** A master that dies; the fault is over when the Sentinels name another one that takes writes. */
async function masterDies(password?: string): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const watched = opening.use(await startSentinel(password === undefined ? {} : { password }));
  const nodes = watched.nodes.map((node) => `"${node}"`).join(', ');
  const file = password === undefined ? undefined : opening.adopt(await passwordFile(password), forget);
  const named = file === undefined ? '' : `, password_file: ${file}`;
  const opened = opening.move();
  return {
    store: storeOf(`sentinel: { master: ${watched.master}, nodes: [${nodes}]${named} }${named}`),
    begin: () => watched.killMaster(),
    end: () => watched.failedOver(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function passwordFile(password: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'password-')), 'password');
  await writeFile(file, `${password}\n`);
  return file;
}

async function forget(file: string): Promise<void> {
  await rm(dirname(file), { recursive: true, force: true });
}

/** All that is counted here lies in one slot of a Cluster, as it does for one tenant. */
const COUNTED = 'sallyport:{shared}';

/** A slot moves from the node that has it to another, and its keys are taken along while calls go on. */
async function slotMoves(): Promise<Scene> {
  const cluster = await startCluster();
  const slot = cluster.ask(0, 'cluster', 'keyslot', COUNTED);
  const from = ownerOf(cluster);
  const to = (from + 1) % cluster.nodes.length;
  const [fromId, toId] = [from, to].map((index) => cluster.ask(index, 'cluster', 'myid')) as [string, string];
  return {
    store: onCluster(cluster),
    async begin() {
      cluster.ask(to, 'cluster', 'setslot', slot, 'importing', fromId);
      cluster.ask(from, 'cluster', 'setslot', slot, 'migrating', toId);
      const keys = cluster.ask(from, 'cluster', 'getkeysinslot', slot, '1000').split('\n').filter(Boolean);
      const [host = '', port = ''] = (cluster.nodes[to] ?? '').split(':');
      cluster.ask(from, 'migrate', host, port, '', '0', '5000', 'keys', ...keys);
    },
    async end() {
      for (const node of [to, from, 3 - from - to]) cluster.ask(node, 'cluster', 'setslot', slot, 'node', toId);
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** The node that counts dies, and comes back empty. There is no replica. */
async function nodeDies(): Promise<Scene> {
  const cluster = await startCluster();
  const owner = ownerOf(cluster);
  return {
    store: onCluster(cluster),
    begin: () => cluster.kill(owner),
    end: () => cluster.restart(owner),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

function onCluster({ nodes }: RunningCluster): string {
  return storeOf(`cluster: { nodes: [${nodes.map((node) => `"${node}"`).join(', ')}] }`);
}

/** The node that has the slot of what is counted: it answers, where others say MOVED. */
function ownerOf({ nodes, ask }: RunningCluster): number {
  return nodes.findIndex((_, index) => !ask(index, 'exists', COUNTED).startsWith('MOVED'));
}

/** What befalls a Redis that is several. */
export const FAILOVER_FAULTS: readonly ChaosFault[] = [
  {
    id: 'sentinel-failover',
    what: 'the master that Sentinels watch is killed, and its replica takes over',
    open: () => masterDies(),
    // The replica may not have had the last writes.
    expected: { seen: LOST, burstsAgain: 1 },
  },
  {
    id: 'sentinel-password',
    what: 'the master that Sentinels watch is killed, where Redis and the Sentinels want a password',
    open: () => masterDies('sesame'),
    expected: { seen: LOST, burstsAgain: 1 },
  },
  {
    id: 'cluster-slot-move',
    what: 'the slot of what is counted moves to another node of the Cluster',
    open: slotMoves,
    expected: { seen: [/^completed$/] },
  },
  {
    id: 'cluster-node-killed',
    what: 'the node of a Cluster that counts is killed, and comes back empty',
    open: nodeDies,
    expected: { seen: LOST, burstsAgain: 1 },
  },
];
