import { type HeaderList, headerValues } from '../../call/received.ts';

const FIELD = 'x-forwarded-client-cert';

/**
 * The certificate that an Envoy listener with `forward_client_cert_details: SANITIZE_SET` has written into
 * x-forwarded-client-cert, as URL-encoded PEM; `''` when the agent has shown none.
 *
 * Only `Cert` is read: what else the field says is text about a certificate, not the certificate. Such a listener writes one
 * element alone.
 *
 * @throws RangeError when it was not such a listener: more than one element, or one without its certificate.
 */
export function forwardedCertificate(headers: HeaderList): string {
  const [field, ...others] = headerValues(headers, FIELD);
  if (field === undefined) return '';
  const certificates = others.length > 0 ? undefined : certificatesIn(field);
  const [certificate, ...more] = certificates ?? [];
  if (certificate === undefined || more.length > 0) {
    throw new RangeError(
      `${FIELD} is not one element with Cert: write forward_client_cert_details: SANITIZE_SET and set_current_client_cert_details: { cert: true }`,
    );
  }
  return certificate;
}

/** The values of `Cert` in an element; `undefined` when it is not exactly one element. */
function certificatesIn(element: string): readonly string[] | undefined {
  // `Key=value` and what is behind it: `;` before the next, or the end. A value in quotes may hold anything, escaped.
  const pair = /([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)(?:;(?!$)|$)/y;
  const found: string[] = [];
  while (pair.lastIndex < element.length) {
    const [, key, value = ''] = pair.exec(element) ?? [];
    if (key === undefined) return undefined;
    if (key === 'Cert') found.push(unquoted(value));
  }
  return found;
}

/** URL-encoded PEM has nothing in it that would have to be escaped. */
function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1) : value;
}
