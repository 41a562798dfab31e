import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Admin } from '../../src/stores/shipping/kafka-client.mjs';
import { freePort } from '../e2e/free-port.ts';
import { KAFKA_LIBS } from './kafka-part.ts';

/** A real broker, whose log outlives being killed. */
export interface RunningKafka extends AsyncDisposable {
  /** As HOST:PORT. */
  readonly broker: string;
  /** Kills it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
}

const CLASSPATH = ['-cp', `${KAFKA_LIBS}/*`];
const READY_WITHIN_MS = 120_000;

/** A further listener of a broker. */
export interface SecuredListener {
  readonly protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT';
  readonly port: number;
  /** What is said of it alone. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface KafkaOptions {
  /** Beside the plain one, by lower-case name. */
  readonly listeners?: Readonly<Record<string, SecuredListener>>;
  /** Users that prove a password, as the broker's tool has them: `SCRAM-SHA-512=[name=…,password=…]`. */
  readonly scram?: readonly string[];
}

/** Starts a broker of its own with the topic `topic` of three partitions. */
export async function startKafka(
  topic: string,
  { listeners = {}, scram = [] }: KafkaOptions = {},
): Promise<RunningKafka> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-kafka-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const broker = `127.0.0.1:${await freePort()}`;
  const properties = join(folder, 'server.properties');
  await writeFile(properties, propertiesOf(folder, broker, await freePort(), listeners), { mode: 0o600 });
  format(properties, scram);
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const ended = child?.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child?.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    const heap = ['-Xmx256m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    child = spawn('java', [...heap, ...CLASSPATH, 'kafka.Kafka', properties], { stdio: 'ignore' });
    await untilAnswers(broker, child);
  };
  undo.defer(kill);
  await start();
  const admin = adminOf(broker);
  await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
  await admin.close();
  const running = undo.move();
  return { broker, kill, start, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function adminOf(broker: string): Admin {
  return new Admin({ clientId: 'test', bootstrapBrokers: [broker], retries: 0, connectTimeout: 1000 });
}

function format(properties: string, scram: readonly string[]): void {
  const id = Buffer.from('sallyport-kafka!').toString('base64url');
  const tool = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    id,
    '-c',
    properties,
    ...scram.flatMap((user) => ['-S', user]),
  ];
  const { status, stderr } = spawnSync('java', ['-Xmx128m', ...CLASSPATH, ...tool], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the log of the broker could not be made: ${stderr}`);
}

async function untilAnswers(broker: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const admin = adminOf(broker);
    try {
      await admin.listTopics();
      return;
    } catch (cause) {
      if (child.exitCode !== null || performance.now() > end) throw cause;
      await pause(200);
    } finally {
      await admin.close();
    }
  }
}

function propertiesOf(
  folder: string,
  broker: string,
  controllerPort: number,
  listeners: NonNullable<KafkaOptions['listeners']>,
): string {
  const more = Object.entries(listeners);
  const secured = more.map(([name, { port }]) => `,${name.toUpperCase()}://127.0.0.1:${port}`).join('');
  const protocols = more.map(([name, { protocol }]) => `,${name.toUpperCase()}:${protocol}`).join('');
  const controller = `127.0.0.1:${controllerPort}`;
  const lines = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    'listeners': `PLAINTEXT://${broker},CONTROLLER://${controller}${secured}`,
    'advertised.listeners': `PLAINTEXT://${broker}${secured}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'log'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
  };
  const own = more.flatMap(([listener, { properties }]) =>
    Object.entries(properties).map(([name, value]) => [`listener.name.${listener}.${name}`, value] as const),
  );
  return [...Object.entries(lines), ...own]
    .map(([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`)
    .join('');
}
