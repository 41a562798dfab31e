import { readFile } from 'node:fs/promises';
import type { SinkConfig } from '../../audit/shipping/config.ts';
import type { RecordSink } from '../../audit/shipping/record-sink.ts';
import { systemClock } from '../../kit/clock.ts';
import { readKafkaAccess } from '../../stores/shipping/kafka-access.ts';
import { FileSink } from '../../stores/shipping/file-sink.ts';

/**
 * The place that a configuration names. Nothing is opened before there is something to bring, and what speaks to others is
 * loaded only where it is named.
 *
 * @throws when its file of authorities cannot be read.
 */
export async function openSink(config: SinkConfig, clientId: string): Promise<RecordSink> {
  const nowMs = (): number => systemClock.nowMs();
  switch (config.kind) {
    case 'file':
      return new FileSink({ path: config.path, rotateBytes: config.rotate_bytes, nowMs });
    case 'kafka': {
      const { brokers, topic, mode, timeout_ms: timeoutMs, tls, sasl } = config;
      const readAccess = () => readKafkaAccess({ tls, sasl });
      const { KafkaSink } = await import('../../stores/shipping/kafka-sink.ts');
      return new KafkaSink({ brokers, topic, mode, timeoutMs, clientId, readAccess });
    }
    case 'otlp': {
      const { url, ca, timeout_ms: timeoutMs } = config;
      const { OtlpSink } = await import('../../stores/shipping/otlp-sink.ts');
      const trusted = ca === undefined ? {} : { ca: await readFile(ca, 'utf8') };
      return new OtlpSink({ url, timeoutMs, nowMs, ...trusted });
    }
  }
}
