import { isPublicAddress } from '../address/is-public-address.ts';
import { parseAddress } from '../address/parse-address.ts';

/** Names that never lead to the public Internet (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's `.internal`). */
const PRIVATE_SUFFIXES = [
  'alt',
  'arpa',
  'example',
  'home',
  'corp',
  'lan',
  'internal',
  'invalid',
  'local',
  'localdomain',
  'localhost',
  'mail',
  'onion',
  'private',
  'intranet',
  'test',
];

/**
 * Whether a host, as WHATWG serialises it, says that it is on the public Internet.
 *
 * Names are not resolved: a public name can lead to a private address. What dials must check the address it dials.
 */
export function isPublicHost(host: string): boolean {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return isPublicAddress(address);
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // A label of digits at the end is an address that somebody may read as one.
  return labels.length > 1 && !PRIVATE_SUFFIXES.includes(last) && !/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last);
}
