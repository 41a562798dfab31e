import { parentPort, workerData } from 'node:worker_threads';
import type { ShipNews } from '../../audit/shipping/ship-news.ts';
import { openShipper } from './open-shipper.ts';
import type { ShipOrder, ShipSetup } from './ship-setup.ts';

/* The thread that brings the record to other places. What it throws ends it, and whoever started it hears of that. */
const { sinks, ...place } = workerData as ShipSetup;
const tell = (news: ShipNews): void => parentPort?.postMessage(news, []);
const shippers = await Promise.all(sinks.map(([name, config]) => openShipper({ ...place, name, config, tell })));

parentPort?.on('message', (_order: ShipOrder) => {
  void Promise.all(shippers.map((shipper) => shipper.close())).finally(() => parentPort?.close());
});
