import { createKeyRing, type KeyRing, newSealingKey } from './key-ring.ts';

/** A ring that dies with the process: what it sealed does not survive a restart. */
export function ephemeralKeyRing(nowMs: () => number): KeyRing {
  return createKeyRing({ keys: [newSealingKey(nowMs())], store: () => {}, nowMs });
}
