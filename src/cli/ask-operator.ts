import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { textAt } from '../config/member.ts';
import { readOutline } from '../config/outline.ts';
import { CommandError } from './command-error.ts';

/** A request to the service that runs with a configuration. */
export interface OperatorRequest {
  readonly path: string;
  /** Sent as JSON by POST; without it the path is read by GET. */
  readonly body?: unknown;
}

/**
 * Asks the running service over its operator socket.
 *
 * @returns the JSON that it answered.
 * @throws CommandError when none runs, or it refused, with what it said.
 */
export async function askOperator(configFile: string, { path, body }: OperatorRequest): Promise<unknown> {
  const { config, stateDir, pathOf } = await readOutline(configFile, () => false);
  const named = textAt(config, 'operator', 'socket');
  const socketPath = named === undefined ? join(stateDir, 'operator.sock') : pathOf(named);
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const { status, said } = await exchange(socketPath, path, sent);
  const answered: unknown = status === 200 || status === 409 ? JSON.parse(said) : undefined;
  if (status === 200) return answered;
  const problem = textAt(answered, 'problem');
  throw new CommandError(problem === undefined ? `the service answered ${status}: ${said.trim()}` : `${problem}.`);
}

async function exchange(
  socketPath: string,
  path: string,
  sent: string | undefined,
): Promise<{ readonly status: number; readonly said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; said: string }>();
  const asked = request({ socketPath, path, method: sent === undefined ? 'GET' : 'POST' }, (response) => {
    text(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), reject);
  });
  asked.on('error', (error: NodeJS.ErrnoException) => {
    const advice = 'Start it with `sallyport serve`, or name its configuration with --config.';
    reject(new CommandError(`no service answers at ${socketPath} (${error.code ?? error.message}). ${advice}`));
  });
  asked.end(sent);
  return await promise;
}
