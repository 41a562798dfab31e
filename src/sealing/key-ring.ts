import { randomBytes } from 'node:crypto';

/** A key that seals. */
export interface SealingKey {
  /** 4 random bytes that stand in front of what it sealed. */
  readonly id: Buffer;
  /** 32 bytes. */
  readonly secret: Buffer;
  readonly createdAtMs: number;
  /** Uses that were set aside so far: at least as many as happened, across restarts. */
  readonly usesReserved: number;
}

/** The keys that are valid now, newest first: one seals, both open. */
export type SealingKeys = readonly [current: SealingKey, previous?: SealingKey];

/** Keeps the keys. */
export interface KeyRing {
  /** The key to seal with; counts one use of it. */
  current(): SealingKey;
  /** The valid key with this id. */
  find(id: Uint8Array): SealingKey | undefined;
  /** A new key seals from now on; the one before still opens, the one before that no longer does. */
  rotate(): void;
}

export interface KeyRingOptions {
  readonly keys: SealingKeys;
  /** Makes keys durable before they are used. */
  readonly store: (keys: SealingKeys) => void;
  readonly nowMs: () => number;
  /** Uses that are set aside at a time: one write each. */
  readonly reserve?: number;
  /** Uses after which the key is changed; far below the 2^32 of SP 800-38D §8.3 for random nonces. */
  readonly maxUses?: number;
}

const DEFAULT_RESERVE = 2 ** 20;
const DEFAULT_MAX_USES = 2 ** 30;

/**
 * A ring over `keys`. Uses are set aside in blocks and stored before they are taken, so a crash over-counts and never
 * under-counts.
 */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  const { store, nowMs, reserve = DEFAULT_RESERVE, maxUses = DEFAULT_MAX_USES } = options;
  let keys = options.keys;
  let left = 0;
  const replace = (next: SealingKeys): void => {
    store(next);
    keys = next;
    left = reserve;
  };
  const rotate = (): void => replace([{ ...newSealingKey(nowMs()), usesReserved: reserve }, keys[0]]);
  const reserveMore = (): void => {
    const [current, ...older] = keys;
    if (current.usesReserved + reserve > maxUses) rotate();
    else replace([{ ...current, usesReserved: current.usesReserved + reserve }, ...older]);
  };
  return {
    rotate,
    current() {
      if (left === 0) reserveMore();
      left -= 1;
      return keys[0];
    },
    find: (id) => keys.find((key) => key?.id.equals(id)),
  };
}

/** A fresh random key. */
export function newSealingKey(nowMs: number): SealingKey {
  return { id: randomBytes(4), secret: randomBytes(32), createdAtMs: nowMs, usesReserved: 0 };
}
