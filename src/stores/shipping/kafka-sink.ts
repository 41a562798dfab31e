import { isIP } from 'node:net';
import type { RecordSink, ShippedRecord } from '../../audit/shipping/record-sink.ts';
import { messageOf } from '../../kit/cause.ts';
import { inTime } from '../../kit/in-time.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { ProduceAcks, Producer, stringSerializers } from './kafka-client.mjs';
import { kafkaMessage, type KafkaMode } from './kafka-message.ts';

export interface KafkaSinkOptions {
  /** As HOST:PORT. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly mode: KafkaMode;
  /** Longest time for some records, milliseconds. */
  readonly timeoutMs: number;
  /** By what the brokers know this service. */
  readonly clientId: string;
  /** What is shown to them; read anew for each producer, so that what was renewed is used. Default: nothing. */
  readonly readAccess?: () => Promise<KafkaAccess>;
}

/** How often the client itself tries again before it gives up, and how long it waits in between, milliseconds. */
const RETRIES = 2;
const RETRY_DELAY_MS = 200;

/** Brings records to a topic of Kafka; they are there when all replicas in sync have them. */
export class KafkaSink implements RecordSink {
  readonly #options: KafkaSinkOptions;
  #producer: Producer | undefined;

  constructor(options: KafkaSinkOptions) {
    this.#options = options;
  }

  async deliver(records: readonly ShippedRecord[]): Promise<number> {
    const { topic, mode, timeoutMs } = this.#options;
    const messages = records.map(({ text }) => ({ topic, ...kafkaMessage(text, mode) }));
    try {
      this.#producer ??= openProducer(this.#options, (await this.#options.readAccess?.()) ?? {});
      await inTime(this.#producer.send({ messages, acks: ProduceAcks.ALL }), timeoutMs);
      return 0;
    } catch (cause) {
      // What it had in flight may be there or not: another producer, with numbers of its own, begins anew.
      await this.#close();
      throw new Error(whyOf(cause), { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // One that fails to close has nothing more to say.
    await producer?.close(true).catch(() => undefined);
  }
}

function openProducer({ brokers, clientId, timeoutMs }: KafkaSinkOptions, access: KafkaAccess): Producer {
  return new Producer({
    clientId,
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    idempotent: true,
    autocreateTopics: false,
    retries: RETRIES,
    retryDelay: RETRY_DELAY_MS,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    ...access,
    ...(access.tls === undefined ? {} : { tlsServerName: !brokers.some(isAddress) }),
  });
}

/** Whether a broker is named by its address: TLS only sends names. */
function isAddress(broker: string): boolean {
  return isIP(broker.slice(0, broker.lastIndexOf(':')).replaceAll(/[[\]]/g, '')) !== 0;
}

/** What failed and, where the client says several things at once, the last of them, which says most. */
function whyOf(cause: unknown): string {
  const inner = cause instanceof AggregateError ? cause.errors.at(-1) : undefined;
  return inner === undefined ? messageOf(cause) : `${messageOf(cause)} ${whyOf(inner)}`;
}
