/** A share of a budget. It is given back when it is disposed. */
export interface ByteLease extends Disposable {
  /** Makes the share `bytes` large. @returns Whether there was room; when not, the share stays as it was. */
  resize(bytes: number): boolean;
}

/** So many bytes that may be held in memory at once, whoever holds them. */
export interface ByteBudget {
  /**
   * A share of nothing yet.
   *
   * @param owner On whose account it is: all shares of one owner together have at most half of the budget, so that nobody keeps
   *   the others out. One share alone may have all of it.
   */
  lease(owner?: string): ByteLease;
  /** Bytes that are held now. */
  held(): number;
}

/** A budget of `maxBytes`. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let held = 0;
  /** Bytes by owner; who holds nothing takes no memory. */
  const accounts = new Map<string, number>();
  const note = (owner: string, bytes: number): void => {
    if (bytes === 0) accounts.delete(owner);
    else accounts.set(owner, bytes);
  };
  return {
    held: () => held,
    lease(owner) {
      let own = 0;
      const resize = (bytes: number): boolean => {
        const beside = owner === undefined ? 0 : (accounts.get(owner) ?? 0) - own;
        const hasRoom = held + bytes - own <= maxBytes && (beside === 0 || beside + bytes <= maxBytes / 2);
        if (bytes > own && !hasRoom) return false;
        held += bytes - own;
        own = bytes;
        if (owner !== undefined) note(owner, beside + bytes);
        return true;
      };
      return { resize, [Symbol.dispose]: () => void resize(0) };
    },
  };
}
