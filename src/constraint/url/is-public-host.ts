import { isPublicAddress } from '../address/is-public-address.ts';
import { parseAddress } from '../address/parse-address.ts';

/**
 * Top-level names that are not delegated on the public Internet, by who set them aside.
 *
 * - IANA's special-use domain names: RFC 2606, 6761, 6762 (`local`), 7686 (`onion`), 8375, 9476 (`alt`); `arpa` holds
 *   only infrastructure, `home.arpa` among it.
 * - ICANN: `internal` (2024); `corp`, `home`, `mail` (2018). RFC 6762 appendix G: `intranet`, `lan`, `private`.
 * - Clusters, containers and networks that answer such names by themselves.
 */
const PRIVATE_TOP_LEVELS: ReadonlySet<string> = new Set(
  [
    'alt arpa example invalid local localhost onion test',
    'corp home internal intranet lan mail private',
    'cluster consul container default docker kubernetes nomad pod svc',
    'domain fritz localdomain localnet node router workgroup',
  ].flatMap((names) => names.split(' ')),
);

/**
 * Whether a host, as WHATWG serialises it, says that it is on the public Internet.
 *
 * Names are not resolved: a public name can lead to a private address, and a search list can make `redis.prod` a host of
 * the same cluster. What dials must check the address it dials.
 */
export function isPublicHost(host: string): boolean {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return isPublicAddress(address);
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // A label of digits at the end is an address that somebody may read as one.
  return labels.length > 1 && !PRIVATE_TOP_LEVELS.has(last) && !/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last);
}
