/** A place for one open stream; given back when it is disposed. */
export interface StreamPlaces {
  /** A place for `principal`, or `full` when it has as many as one caller may. */
  take(principal: string): Disposable | 'full';
}

/** Places for open-ended streams, so many for each caller: one that opens thousands cannot use up everyone's room. */
export function createStreamPlaces(maxPerPrincipal: number): StreamPlaces {
  const taken = new Map<string, number>();
  return {
    take(principal) {
      const count = taken.get(principal) ?? 0;
      if (count >= maxPerPrincipal) return 'full';
      taken.set(principal, count + 1);
      return {
        [Symbol.dispose]() {
          const left = (taken.get(principal) ?? 1) - 1;
          if (left === 0) taken.delete(principal);
          else taken.set(principal, left);
        },
      };
    },
  };
}
