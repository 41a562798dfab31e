/** Places that are counted for each taker; each is given back when it is disposed. */
export interface Places {
  /** A place for `taker`, or `full` when it has `max`. */
  take(taker: string, max: number): Disposable | 'full';
}

/** Places for what one caller may have at once: one that opens thousands cannot use up everyone's room. */
export function createPlaces(): Places {
  const taken = new Map<string, number>();
  return {
    take(taker, max) {
      const count = taken.get(taker) ?? 0;
      if (count >= max) return 'full';
      taken.set(taker, count + 1);
      return {
        [Symbol.dispose]() {
          const left = (taken.get(taker) ?? 1) - 1;
          if (left === 0) taken.delete(taker);
          else taken.set(taker, left);
        },
      };
    },
  };
}
