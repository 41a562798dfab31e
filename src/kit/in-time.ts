/**
 * What `work` gives, if it does within `ms` milliseconds.
 *
 * @throws Error when it does not. It goes on all the same, and nobody hears of it.
 */
export async function inTime<T>(work: T | Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
