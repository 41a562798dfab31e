import { type Address, isInBlock, parseBlock } from './parse-address.ts';

/** Global unicast space in use (RFC 4291 §2.4, IANA): outside of it no IPv6 address is public. */
const GLOBAL_UNICAST = parseBlock('2000::/3');

/**
 * Addresses of the public range that a cloud answers itself, with what only its own machine may know: Azure's wire server
 * (learn.microsoft.com, "What is IP address 168.63.129.16?").
 */
const CLOUD_HOST = parseBlock('168.63.129.16/32');

/**
 * Whether an address can be reached from the public Internet by what it says: not private, loopback, link-local, shared,
 * multicast, documentation, reserved, a cloud's own, nor a form that carries an IPv4 address inside (NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (CLOUD_HOST !== undefined && isInBlock(address, CLOUD_HOST)) return false;
  return address.kind() === 'ipv4' || (GLOBAL_UNICAST !== undefined && isInBlock(address, GLOBAL_UNICAST));
}
