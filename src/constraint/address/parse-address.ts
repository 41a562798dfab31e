import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A CIDR block. */
export interface Block {
  readonly network: Address;
  readonly prefixLength: number;
}

const DECIMAL_OCTET = '(?:0|[1-9][0-9]{0,2})';
const DOTTED_QUAD = new RegExp(`^${DECIMAL_OCTET}(?:\\.${DECIMAL_OCTET}){3}$`);

/**
 * An IP address in the one form that every reader takes alike: four decimal octets without leading zeros, or IPv6 without a
 * zone. An IPv4-mapped IPv6 address is the IPv4 address.
 *
 * @returns `undefined` for anything else, `0x7f.1`, `010.0.0.1` and `2130706433` included.
 */
export function parseAddress(text: string): Address | undefined {
  if (DOTTED_QUAD.test(text)) return ipaddr.IPv4.isValid(text) ? ipaddr.IPv4.parse(text) : undefined;
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** A CIDR block whose host bits are zero, or `undefined`. IPv4-mapped blocks are to be written as IPv4. */
export function parseBlock(text: string): Block | undefined {
  const parts = /^([0-9a-fA-F.:]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const network = parseAddress(parts?.[1] ?? '');
  if (network === undefined || (network.kind() === 'ipv4' && text.includes(':'))) return undefined;
  const prefixLength = Number(parts?.[2]);
  if (prefixLength > network.toByteArray().length * 8) return undefined;
  return isNetwork(network, prefixLength) ? { network, prefixLength } : undefined;
}

/** Whether `address` is in `block`. Families never mix. */
export function isInBlock(address: Address, { network, prefixLength }: Block): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, prefixLength);
  return network instanceof ipaddr.IPv6 && address.match(network, prefixLength);
}

function isNetwork(address: Address, prefixLength: number): boolean {
  return address.toByteArray().every((byte, index) => {
    const hostBits = Math.min(8, Math.max(0, index * 8 + 8 - prefixLength));
    return (byte & ((1 << hostBits) - 1)) === 0;
  });
}
