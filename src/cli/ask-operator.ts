import { join } from 'node:path';
import { textAt } from '../config/member.ts';
import { readOutline } from '../config/outline.ts';
import { messageOf } from '../kit/cause.ts';
import { ask, type OperatorRequest } from '../transports/operator/ask.ts';
import { CommandError } from './command-error.ts';

/**
 * Asks the service that runs with a configuration, over its operator socket.
 *
 * @returns the JSON that it answered.
 * @throws CommandError when none runs, or it refused, with what it said.
 */
export async function askOperator(configFile: string, request: OperatorRequest): Promise<unknown> {
  const { config, stateDir, pathOf } = await readOutline(configFile, () => false);
  const named = textAt(config, 'operator', 'socket');
  const socketPath = named === undefined ? join(stateDir, 'operator.sock') : pathOf(named);
  const { status, said } = await ask(socketPath, request).catch((cause: unknown) => {
    const advice = 'Start it with `sallyport serve`, or name its configuration with --config.';
    throw new CommandError(`no service answers at ${socketPath} (${messageOf(cause)}). ${advice}`);
  });
  const answered: unknown = status === 200 || status === 409 ? JSON.parse(said) : undefined;
  if (status === 200) return answered;
  const problem = textAt(answered, 'problem');
  throw new CommandError(problem === undefined ? `the service answered ${status}: ${said.trim()}` : `${problem}.`);
}
