/* Messages that Envoy 1.40 sent, as they were, of an exchange with three `request_attributes`. */

const REQUEST_HEADERS = `EuoBCucBCh0KCjphdXRob3JpdHkaDzEyNy4wLjAuMTo0MjE1OQoPCgU6cGF0aBoGL3BsYWluCg8KBzptZXRob2QaBFBPU1QKDwoHOnNjaGVtZRoEaHR0cA
ogCgxjb250ZW50LXR5cGUaEGFwcGxpY2F0aW9uL2pzb24KCwoGeC1nb25lGgExChMKDmNvbnRlbnQtbGVuZ3RoGgE3ChkKEXgtZm9yd2FyZGVkLXByb3Rv
GgRodHRwCjQKDHgtcmVxdWVzdC1pZBokOTI4NDFiNWItNDhmOC00YmQ0LWFkMDctMTBjMTE0Yzg4MmZmQgBKdgobZW52b3kuZmlsdGVycy5odHRwLmV4dF
9wcm9jElcKFQoPY29ubmVjdGlvbi5tdGxzEgIgAAojCg5zb3VyY2UuYWRkcmVzcxIRGg8xMjcuMC4wLjE6NDExNTYKGQoOeGRzLnJvdXRlX25hbWUSBxoF
ZmlsZXNaAA==`;
const REQUEST_BODY = `IgsKB3siYSI6MX0QAUIA`;
const RESPONSE_HEADERS = `Gs4BCssBCg4KBzpzdGF0dXMaAzIwMAogCgxjb250ZW50LXR5cGUaEGFwcGxpY2F0aW9uL2pzb24KCQoEeC11cBoBMQoJCgR4LXJyGgEwCiUKBGRhdGUaHV
dlZCwgMjUgTm92IDIwMjYgMDQ6MjY6NDYgR01UChgKCmNvbm5lY3Rpb24aCmtlZXAtYWxpdmUKHAoRdHJhbnNmZXItZW5jb2RpbmcaB2NodW5rZWQKIgod
eC1lbnZveS11cHN0cmVhbS1zZXJ2aWNlLXRpbWUaATBCAA==`;
const RESPONSE_BODY = `Kg8KC3sib2siOnRydWV9EAFCAA==`;
const LAST_PIECE = `KgIQAUIA`;

/** By what they are about. */
export const RECORDED = {
  requestHeaders: Buffer.from(REQUEST_HEADERS, 'base64'),
  requestBody: Buffer.from(REQUEST_BODY, 'base64'),
  responseHeaders: Buffer.from(RESPONSE_HEADERS, 'base64'),
  responseBody: Buffer.from(RESPONSE_BODY, 'base64'),
  /** The end of a body in FULL_DUPLEX_STREAMED. */
  lastPiece: Buffer.from(LAST_PIECE, 'base64'),
};
