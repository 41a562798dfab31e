import type { Outcome } from './driver.ts';

/** Runs `act` and says how it came out in plain JSON: what cannot be JSON is left out, the server's URL is `<url>`. */
export async function outcomeOf(
  url: string,
  act: () => Promise<unknown>,
  progress?: readonly unknown[],
): Promise<Outcome> {
  try {
    const value = plain(await act(), url);
    return { kind: 'value', value, ...(progress === undefined ? {} : { progress: plain(progress, url) as unknown[] }) };
  } catch (error) {
    return errorOutcome(error, url);
  }
}

function errorOutcome(error: unknown, url: string): Outcome {
  if (!(error instanceof Error)) return { kind: 'error', name: typeof error, message: String(error) };
  const { code, data } = error as { code?: unknown; data?: unknown };
  return {
    kind: 'error',
    name: error.constructor.name,
    message: error.message.replaceAll(url, '<url>'),
    ...(code === undefined ? {} : { code }),
    ...(data === undefined ? {} : { data: plain(data, url) }),
  };
}

function plain(value: unknown, url: string): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value).replaceAll(url, '<url>'));
}
