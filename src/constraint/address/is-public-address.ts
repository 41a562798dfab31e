import { type Address, isInBlock, parseBlock } from './parse-address.ts';

/** Global unicast space in use (RFC 4291 §2.4, IANA): outside of it no IPv6 address is public. */
const GLOBAL_UNICAST = parseBlock('2000::/3');

/**
 * Whether an address can be reached from the public Internet by what it says: not private, loopback, link-local, shared,
 * multicast, documentation, reserved, nor a form that carries an IPv4 address inside (NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || (GLOBAL_UNICAST !== undefined && isInBlock(address, GLOBAL_UNICAST));
}
