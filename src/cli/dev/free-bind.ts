import { createServer } from 'node:net';
import { codeOf, messageOf } from '../../kit/cause.ts';
import { CommandError } from '../command-error.ts';

const BIND = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i;
const MAX_PORT = 65_535;

/**
 * An address that can be listened at, as it was asked for. Port 0 becomes a free one: the resource of the tokens needs to
 * know which.
 *
 * @throws CommandError when it is no address, or taken.
 */
export async function freeBind(bind: string): Promise<string> {
  const [, six, four, port] = BIND.exec(bind) ?? [];
  const host = six ?? four;
  if (host === undefined || Number(port) > MAX_PORT)
    throw new CommandError('--bind must be ADDRESS:PORT, such as 127.0.0.1:8702');
  const found = await listenOnce(host, Number(port)).catch((cause: unknown) => {
    throw new CommandError(whyNot(bind, cause), { cause });
  });
  return `${six === undefined ? host : `[${six}]`}:${found}`;
}

function whyNot(bind: string, cause: unknown): string {
  if (codeOf(cause) === 'EADDRINUSE')
    return `${bind} is in use already. Choose another with --bind, such as --bind 127.0.0.1:0 for any free port.`;
  return `${bind} cannot be listened at: ${messageOf(cause)}.`;
}

/** @returns the port. */
async function listenOnce(host: string, port: number): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise;
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : port;
}
