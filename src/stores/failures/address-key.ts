import { isIPv4, isIPv6 } from 'node:net';

/**
 * What failures from an address are counted under: an IPv4 address itself, of an IPv6 address the /64, whose other half whoever
 * has it may choose at will. `undefined` for what is no address.
 */
export function addressKey(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(plain)) return plain;
  const [unscoped = ''] = plain.split('%', 1);
  return isIPv6(unscoped) ? `${groupsOf(unscoped).slice(0, 4).join(':')}::/64` : undefined;
}

/** The first groups of an IPv6 address, in the one spelling of them. An IPv4 address at its end stands for two. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const split = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [split(head), split(tail ?? '')];
  const width = after.length + (after.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - width);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
}
