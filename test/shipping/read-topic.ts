import { Consumer, stringDeserializers } from '../../src/stores/shipping/kafka-client.mjs';

/** An event as it came out of the topic, in binary mode. */
export interface ReadEvent {
  readonly key: string;
  readonly value: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads the topic from its beginning; stops when what was read so far `isAll`. */
export async function readTopic(
  broker: string,
  topic: string,
  isAll: (events: readonly ReadEvent[]) => boolean,
): Promise<readonly ReadEvent[]> {
  const groupId = `reader-${performance.now()}`;
  const deserializers = stringDeserializers;
  const consumer = new Consumer({ clientId: 'reader', groupId, bootstrapBrokers: [broker], deserializers });
  const events: ReadEvent[] = [];
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
    for await (const { key, value, headers, partition, offset } of stream) {
      events.push({ key, value, headers, partition, offset });
      if (isAll(events)) break;
    }
    await stream.close();
  } finally {
    await consumer.close(true);
  }
  return events;
}

/** What tells doubles: CloudEvents 1.0 §3.1, `source` and `id`. */
export function identityOf({ headers }: ReadEvent): string {
  return `${headers.get('ce_source')} ${headers.get('ce_id')}`;
}

/** The record that an event was made of, byte for byte: RFC 8785 has its members in this order. */
export function recordOf({ value, headers }: ReadEvent): string {
  const text = (name: string): string => JSON.stringify(headers.get(`ce_${name}`));
  const trace = headers.has('ce_traceparent') ? `"traceparent":${text('traceparent')},` : '';
  return `{"data":${value},"datacontenttype":"application/json","id":${text('id')},"sequence":${text('sequence')},"source":${text('source')},"specversion":"1.0","time":${text('time')},${trace}"type":${text('type')}}`;
}
