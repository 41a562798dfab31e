/** So many places at once, and a line of those who wait for one. */
export interface WaitingRoom {
  /**
   * A place, given back when it is disposed. Never rejects.
   *
   * @returns `busy` when none came free in time, the line is full, or `signal` aborts.
   */
  enter(signal: AbortSignal): Promise<Disposable | 'busy'>;
}

export interface WaitingRoomOptions {
  readonly places: number;
  readonly maxWaiting: number;
  /** Longest wait, milliseconds. */
  readonly maxWaitMs: number;
}

/** A room whose places are all free. Who came first is served first. */
export function createWaitingRoom({ places, maxWaiting, maxWaitMs }: WaitingRoomOptions): WaitingRoom {
  let free = places;
  const line = new Set<(place: Disposable) => void>();
  const placeOf = (): Disposable => ({
    [Symbol.dispose]() {
      const [next] = line;
      if (next === undefined) free += 1;
      else next(placeOf());
    },
  });
  const wait = async (signal: AbortSignal): Promise<Disposable | 'busy'> => {
    const { promise, resolve } = Promise.withResolvers<Disposable | 'busy'>();
    const leave = (): void => {
      line.delete(serve);
      resolve('busy');
    };
    const serve = (place: Disposable): void => {
      line.delete(serve);
      resolve(place);
    };
    line.add(serve);
    const timer = setTimeout(leave, maxWaitMs);
    signal.addEventListener('abort', leave, { once: true });
    const answer = await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    return answer;
  };
  return {
    async enter(signal) {
      if (signal.aborted) return 'busy';
      if (free > 0) {
        free -= 1;
        return placeOf();
      }
      return line.size >= maxWaiting ? 'busy' : await wait(signal);
    },
  };
}
