import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, suite, test } from 'node:test';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { type KafkaAccessConfig, readKafkaAccess } from '../../src/stores/shipping/kafka-access.ts';
import { KafkaSink } from '../../src/stores/shipping/kafka-sink.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { freePort } from '../e2e/free-port.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import { whyNoKafka } from './kafka-part.ts';
import { startLanes, untilCaughtUp } from './kill-run.ts';
import { identityOf, readTopic } from './read-topic.ts';
import { startServed } from './served.ts';
import { type RunningKafka, startKafka } from './start-kafka.ts';

const TOPIC = 'tool-calls';
const USER = 'sallyport';
const PASSWORD = 'only for this test';
const TIMEOUT_MS = 5000;
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule';
const PLAIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule';

/** What a broker has in PEM. */
const authority = makeAuthority('brokers', 'P-256');
const other = makeAuthority('others', 'P-256');
const broker = authority.issue('broker', ['ip:127.0.0.1', 'dns:localhost']);
const keystore = {
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.certificate.chain': broker.cert,
  'ssl.keystore.key': broker.key,
};
const elsewhere = authority.issue('elsewhere', ['dns:elsewhere.example']);
const misnamed = {
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.certificate.chain': elsewhere.cert,
  'ssl.keystore.key': elsewhere.key,
};
const truststore = { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': authority.ca };
const jaas = (module: string, more = ''): string => `${module} required${more};`;
const sasl = {
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN',
  'scram-sha-512.sasl.jaas.config': jaas(SCRAM_MODULE),
  'scram-sha-256.sasl.jaas.config': jaas(SCRAM_MODULE),
  'plain.sasl.jaas.config': jaas(PLAIN_MODULE, ` user_${USER}="${PASSWORD}"`),
};

type Listener = 'sasl' | 'mutual' | 'proven' | 'misnamed';

suite('shipping to a broker that asks who this is', { skip: whyNoKafka() }, () => {
  let kafka: RunningKafka;
  let folder: string;
  const ports = new Map<Listener, number>();
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-access-'));
    const agent = authority.issue('sallyport', []);
    const stranger = other.issue('sallyport', []);
    const secrets = {
      'password': `${PASSWORD}\n`,
      'wrong': 'another',
      'key.pem': agent.key,
      'stranger-key.pem': stranger.key,
    };
    for (const [name, text] of Object.entries(secrets)) await writeFile(file(name), text, { mode: 0o600 });
    const shown = {
      'ca.pem': authority.ca,
      'other-ca.pem': other.ca,
      'own.pem': agent.cert,
      'stranger.pem': stranger.cert,
    };
    for (const [name, text] of Object.entries(shown)) await writeFile(file(name), text);
    for (const name of ['sasl', 'mutual', 'proven', 'misnamed'] as const) ports.set(name, await freePort());
    const portOf = (name: Listener): number => ports.get(name) ?? 0;
    kafka = await startKafka(TOPIC, {
      listeners: {
        sasl: { protocol: 'SASL_SSL', port: portOf('sasl'), properties: { ...keystore, ...sasl } },
        mutual: {
          protocol: 'SSL',
          port: portOf('mutual'),
          properties: { ...keystore, ...truststore, 'ssl.client.auth': 'required' },
        },
        misnamed: { protocol: 'SASL_SSL', port: portOf('misnamed'), properties: { ...misnamed, ...sasl } },
        proven: { protocol: 'SASL_PLAINTEXT', port: portOf('proven'), properties: sasl },
      },
      scram: ['256', '512'].map((bits) => `SCRAM-SHA-${bits}=[name=${USER},password="${PASSWORD}"]`),
    });
  });
  after(async () => {
    await kafka[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function deliver(id: string, listener: Listener, access: KafkaAccessConfig): Promise<number> {
    const brokers = [`127.0.0.1:${ports.get(listener)}`];
    const readAccess = () => readKafkaAccess(access);
    const options = {
      brokers,
      topic: TOPIC,
      mode: 'binary',
      timeoutMs: TIMEOUT_MS,
      clientId: 'test',
      readAccess,
    } as const;
    await using sink = new KafkaSink(options);
    const text = JSON.stringify({
      data: {},
      datacontenttype: 'application/json',
      id,
      sequence: '0000000000000001',
      source: 'urn:sallyport:test',
      specversion: '1.0',
      time: '2026-11-25T08:00:00.000Z',
      type: 'dev.sallyport.log.gap.v1',
    });
    return await sink.deliver([{ text, sequence: 1 }]);
  }

  const tls = () => ({ ca: file('ca.pem') });
  const own = () => ({ ...tls(), certificate: file('own.pem'), key: file('key.pem') });
  const user = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = 'password') => ({
    sasl: { mechanism, username: USER, password_file: file(password) },
  });

  const good: readonly (readonly [string, Listener, () => KafkaAccessConfig])[] = [
    ['SCRAM-SHA-512 over TLS', 'sasl', () => ({ tls: tls(), ...user('scram-sha-512') })],
    ['SCRAM-SHA-256 over TLS', 'sasl', () => ({ tls: tls(), ...user('scram-sha-256') })],
    ['PLAIN over TLS', 'sasl', () => ({ tls: tls(), ...user('plain') })],
    ['SCRAM-SHA-512 without TLS', 'proven', () => user('scram-sha-512')],
    ['a client certificate', 'mutual', () => ({ tls: own() })],
  ];
  for (const [name, listener, access] of good) {
    test(`brings records by ${name}`, async () => {
      assert.equal(await deliver(name, listener, access()), 0);
      const isThere = (event: Parameters<typeof identityOf>[0]): boolean => event.headers.get('ce_id') === name;
      assert.ok((await readTopic(kafka.broker, TOPIC, (events) => events.some(isThere))).some(isThere));
    });
  }

  const bad: readonly (readonly [string, Listener, () => KafkaAccessConfig])[] = [
    ['a wrong password (SCRAM)', 'sasl', () => ({ tls: tls(), ...user('scram-sha-512', 'wrong') })],
    ['a wrong password (PLAIN)', 'sasl', () => ({ tls: tls(), ...user('plain', 'wrong') })],
    ['no password', 'sasl', () => ({ tls: tls() })],
    ['no TLS', 'sasl', () => user('scram-sha-512')],
    ['another authority', 'sasl', () => ({ tls: { ca: file('other-ca.pem') }, ...user('scram-sha-512') })],
    ['no authority of its own', 'sasl', () => ({ tls: {}, ...user('scram-sha-512') })],
    ['a broker of another name', 'misnamed', () => ({ tls: tls(), ...user('scram-sha-512') })],
    ['no client certificate', 'mutual', () => ({ tls: tls() })],
    [
      'the client certificate of another authority',
      'mutual',
      () => ({ tls: { ...tls(), certificate: file('stranger.pem'), key: file('stranger-key.pem') } }),
    ],
  ];
  for (const [name, listener, access] of bad) {
    test(`fails with ${name}, and does not say the password`, async () => {
      await assert.rejects(deliver(name, listener, access()), (cause: Error) => !cause.message.includes(PASSWORD));
    });
  }

  test('does not use a password that others can read', async () => {
    await writeFile(file('shared'), PASSWORD);
    await chmod(file('shared'), 0o640);
    const access = { tls: tls(), ...user('scram-sha-512', 'shared') };
    await assert.rejects(
      deliver('shared', 'sasl', access),
      /shared has mode 640: others could read it\. Set it to 0600/,
    );
  });

  test('uses what was renewed while the service runs, as the service is confined', async () => {
    await using upstream = await startFilesServer();
    await writeFile(file('renewed'), 'not yet', { mode: 0o600 });
    const access = `tls: { ca: ${file('ca.pem')} }, sasl: { mechanism: scram-sha-512, username: ${USER}, password_file: ${file('renewed')} }`;
    const project = await writeProject({
      servers: { files: upstream.url },
      level: 'info',
      more: `audit: { checkpoints: { every_ms: 100 }, ship: { stream: { kind: kafka, brokers: ["127.0.0.1:${ports.get('sasl')}"], topic: ${TOPIC}, timeout_ms: 2000, ${access} } } }`,
    });
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(project, { recursive: true }));
    const served = undo.use(await startServed(project));
    const lanes = startLanes(served.origin, { lanes: 1, betweenMs: 50 });
    while (!served.said().includes('the record cannot be shipped')) await pause(50);
    await writeFile(file('renewed'), PASSWORD, { mode: 0o600 });
    await lanes.end();
    while (!served.said().includes('the record is shipped again')) await pause(50);
    await untilCaughtUp(served);
    assert.ok(!served.said().includes(PASSWORD));
  });
});
