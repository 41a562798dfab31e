import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { codeOf } from '../../kit/cause.ts';

/** The addresses that a host name stands for now; none for a name that does not exist. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/**
 * As the operating system resolves it, its hosts file included.
 *
 * @param host As `URL.hostname` has it: IPv6 in brackets.
 * @throws when it cannot be told.
 */
export const resolveHost: ResolveHost = async (host) => {
  try {
    const found = await lookup(host.replace(/^\[(.*)\]$/, '$1'), { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    if (codeOf(error) === 'ENOTFOUND') return [];
    throw error;
  }
};

/** What a connection is given for a host name: these addresses, whatever the name stands for meanwhile. */
export function lookupOf(addresses: readonly string[]): LookupFunction {
  return (_host, { all }, done) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    if (first === undefined) return done(new Error('the host has no address'), '', 0);
    return all === true ? done(null, found) : done(null, first.address, first.family);
  };
}
