import { type HeaderList, headerValues } from '../../call/received.ts';
import { type Deny, deny } from '../../decision/verdict.ts';

/** The credential of one request. */
export type BearerToken = { readonly kind: 'token'; readonly compact: string } | { readonly kind: 'absent' };

/**
 * The one bearer token in the request's headers (RFC 6750 §2.1), or that there is none.
 *
 * Refused: a second Authorization header, another scheme (also `DPoP`, which has no verifier here), and a value that is
 * not the scheme, spaces and one token68 (RFC 9110 §11.2). A list joined by a comma is two credentials, hence none.
 */
export function bearerToken(headers: HeaderList): BearerToken | Deny {
  const values = headerValues(headers, 'authorization');
  const [value] = values;
  if (value === undefined) return { kind: 'absent' };
  if (values.length > 1) {
    return deny('authenticate', 'http.header-duplicate', {}, `${values.length} Authorization headers`);
  }
  const compact = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(value)?.[1];
  if (compact === undefined) {
    return deny('authenticate', 'token.malformed', {}, 'Authorization is not "Bearer" and one token');
  }
  return { kind: 'token', compact };
}
