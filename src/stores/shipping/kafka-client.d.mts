/**
 * What is used of `@platformatic/kafka` 2.12, whose own declarations do not compile against those of Node 26.
 *
 * @module
 */

export declare const ProduceAcks: { readonly ALL: -1 };
export declare const stringSerializers: { readonly value: (data?: string) => Buffer | undefined };
export declare const stringDeserializers: { readonly value: (data?: Buffer) => string | undefined };

/** What all clients are told. */
interface ClientOptions {
  readonly clientId: string;
  /** As HOST:PORT. */
  readonly bootstrapBrokers: string[];
  readonly retries?: number;
  /** Milliseconds, as all times here. */
  readonly retryDelay?: number;
  readonly timeout?: number;
  readonly connectTimeout?: number;
  readonly requestTimeout?: number;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Whether the name of a broker is sent (SNI). */
  readonly tlsServerName?: boolean;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

interface ProducerOptions extends ClientOptions {
  readonly serializers: typeof stringSerializers;
  readonly idempotent: boolean;
  readonly autocreateTopics: boolean;
}

interface MessageToProduce {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: bigint;
}

export declare class Producer {
  constructor(options: ProducerOptions);
  send(options: { readonly messages: readonly MessageToProduce[]; readonly acks: -1 }): Promise<unknown>;
  close(force?: boolean): Promise<void>;
}

export declare class Admin {
  constructor(options: ClientOptions);
  createTopics(options: {
    readonly topics: string[];
    readonly partitions: number;
    readonly replicas: number;
  }): Promise<unknown>;
  listTopics(): Promise<string[]>;
  close(): Promise<void>;
}

interface ConsumedMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly partition: number;
  readonly offset: bigint;
}

export declare class Consumer {
  constructor(
    options: ClientOptions & { readonly groupId: string; readonly deserializers: typeof stringDeserializers },
  );
  consume(options: {
    readonly topics: string[];
    readonly mode: 'earliest';
    readonly autocommit: false;
  }): Promise<AsyncIterable<ConsumedMessage> & { close(): Promise<void> }>;
  close(force?: boolean): Promise<void>;
}
