/** A share of a budget. It is given back when it is disposed. */
export interface ByteLease extends Disposable {
  /** Makes the share `bytes` large. @returns Whether there was room; when not, the share stays as it was. */
  resize(bytes: number): boolean;
}

/** So many bytes that may be held in memory at once, whoever holds them. */
export interface ByteBudget {
  lease(): ByteLease;
  /** Bytes that are held now. */
  held(): number;
}

/** A budget of `maxBytes`. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let held = 0;
  return {
    held: () => held,
    lease() {
      let own = 0;
      const resize = (bytes: number): boolean => {
        if (bytes > own && held + bytes - own > maxBytes) return false;
        held += bytes - own;
        own = bytes;
        return true;
      };
      return { resize, [Symbol.dispose]: () => void resize(0) };
    },
  };
}
