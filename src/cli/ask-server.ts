import type { LiveTools } from '../catalogue/live/live-tools.ts';
import type { CommandIo } from './command-io.ts';

/** Longest wait for one answer of a server, milliseconds. */
const TIMEOUT_MS = 15_000;

/**
 * What the running server at `url` says about its tools. `bearer` is its access token; without one,
 * SALLYPORT_UPSTREAM_BEARER of the environment is.
 *
 * @throws LiveServerError when it cannot be reached, or answers something that is no tool list.
 */
export async function askServer(url: URL, bearer: string | undefined, { env }: CommandIo): Promise<LiveTools> {
  // Loaded here, since the official client takes longer to load than most commands to run.
  const { readLiveTools } = await import('../catalogue/live/read-live-tools.ts');
  const token = bearer ?? env['SALLYPORT_UPSTREAM_BEARER'];
  return await readLiveTools({ url, timeoutMs: TIMEOUT_MS, ...(token === undefined ? {} : { bearer: token }) });
}
