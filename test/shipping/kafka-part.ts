import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The jars that `scripts/install-parts.mjs` left. */
export const KAFKA_LIBS = fileURLToPath(new URL('../../.parts/kafka/libs', import.meta.url));

/** For `suite(name, { skip: whyNoKafka() }, …)`: obligatory where `CI=true`. */
export function whyNoKafka(): string | false {
  if (process.env['CI'] === 'true' || existsSync(KAFKA_LIBS)) return false;
  return 'Kafka is not in .parts/kafka: node scripts/install-parts.mjs kafka';
}
