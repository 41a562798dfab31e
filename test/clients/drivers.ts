import { whyNoPython } from '../servers/python/python-part.ts';
import type { ClientDriver } from './driver.ts';
import { python } from './python.ts';
import { ts1 } from './ts-1.ts';
import { ts2 } from './ts-2.ts';

/** Every official client in every era it speaks, each with why it cannot run here (`false` when it can). */
export function clientDrivers(): readonly { readonly driver: ClientDriver; readonly skip: string | false }[] {
  const missing = whyNoPython();
  return [
    { driver: ts1, skip: false },
    { driver: ts2('legacy'), skip: false },
    { driver: ts2('modern'), skip: false },
    { driver: python('legacy'), skip: missing },
    { driver: python('modern'), skip: missing },
  ];
}
