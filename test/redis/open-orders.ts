import { join } from 'node:path';
import type { OpenOrders } from '../../src/assemble/open-orders.ts';
import { openSharedOrders } from '../../src/assemble/open-shared-orders.ts';
import { storeSchema } from '../../src/stores/redis/config.ts';
import { telemetrySchema } from '../../src/telemetry/config.ts';
import { createLog } from '../../src/telemetry/log.ts';

/** What operators ordered, of one instance with its copy in `folder`, as `store: { kind: redis, … }` says. */
export async function openOrders(folder: string, name: string, written: object): Promise<OpenOrders> {
  const config = storeSchema.parse({ kind: 'redis', ...written });
  if (config.kind !== 'redis') throw new TypeError('not redis');
  const log = createLog({ config: telemetrySchema.parse({}), version: 'test', output: { write: () => undefined } });
  return await openSharedOrders({ config, path: join(folder, name), pathOf: (path) => path, log });
}
