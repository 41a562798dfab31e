const MAX_CHARACTERS = 1024;

/**
 * `text` as the value of a `grpc-message` header: printable ASCII without `%` as it is, every other byte of its UTF-8 as `%XX`.
 *
 * Cut after 1024 characters. Lone surrogates become U+FFFD. (gRPC over HTTP/2, "Percent-Encoded".)
 */
export function encodeGrpcMessage(text: string): string {
  const bounded = text.slice(0, MAX_CHARACTERS).toWellFormed();
  return bounded.replaceAll(/[^ -$&-~]+/g, encodeBytes);
}

function encodeBytes(text: string): string {
  return Buffer.from(text)
    .toString('hex')
    .replaceAll(/../g, (byte) => `%${byte.toUpperCase()}`);
}
