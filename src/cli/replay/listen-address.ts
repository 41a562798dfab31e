import { isLoopback } from '../../config/loopback.ts';
import { CommandError } from '../command-error.ts';

const ADDRESS = /^(?:\[([\da-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/i;
const MAX_PORT = 65_535;

/** Where to listen: an IP address, IPv6 without brackets, and a port, 0 for a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `ADDRESS:PORT`.
 *
 * @throws CommandError when it is none, or others can reach it and `anyAddress` does not say that they may.
 */
export function listenAddress(text: string, anyAddress: boolean): ListenAddress {
  const [, six, four, digits] = ADDRESS.exec(text) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  if (host === undefined || port > MAX_PORT)
    throw new CommandError('--listen must be ADDRESS:PORT with an IP address, such as 127.0.0.1:8710.');
  if (!anyAddress && !isLoopback(host))
    throw new CommandError(
      `${host} can be reached by others, and what was kept is served in the clear. Listen on 127.0.0.1, or add --any-address.`,
    );
  return { host, port };
}
