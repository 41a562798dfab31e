/**
 * A value as `Mcp-Name` carries it (2026-07-28, "Value Encoding"): plain printable ASCII as it is, everything else, and
 * what would itself look encoded, as `=?base64?…?=` over its UTF-8.
 */
export function headerText(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value);
  return plain ? value : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}
