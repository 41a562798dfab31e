const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/**
 * The one spelling of a numeric address with its port, `10.0.0.1:80` or `[2001:db8::1]:80` (RFC 5952 §4, §6), so that two can
 * be compared as text; `undefined` when it is none. An IPv4 address in IPv6 clothes (RFC 4291 §2.5.5.2) is the IPv4 address.
 */
export function canonicalEndpoint(address: string, port: number): string | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const host = address.includes(':') ? canonicalV6(address) : canonicalV4(address);
  return host === undefined ? undefined : `${host}:${port}`;
}

/** A zero in front would be octal to some. */
function canonicalV4(address: string): string | undefined {
  return IPV4.test(address) && !/(?:^|\.)0\d/.test(address) ? address : undefined;
}

/** In brackets, unless it is of version 4. A zone names an interface of one host, and is none. */
function canonicalV6(address: string): string | undefined {
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(address)) return undefined;
  const host = URL.parse(`http://[${address}]`)?.hostname;
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host ?? '') ?? [];
  if (high === undefined || low === undefined) return host;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.');
}
