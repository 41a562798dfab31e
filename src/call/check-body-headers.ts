import { refused, type Refused } from './refused.ts';
import type { HeaderFacts } from './read-headers.ts';

/** `application/json`, with nothing but `charset=utf-8` behind it. */
const CONTENT_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * Whether the headers describe the body as what it is read as: plain JSON in UTF-8, as long as it is said to be.
 *
 * Servers ignore or obey a charset or an encoding as they like, so only the label that changes nothing
 * is accepted.
 */
export function checkBodyHeaders({ single }: HeaderFacts, body: Uint8Array): Refused | undefined {
  if (single.has('content-encoding')) return refused('body.content-encoding');
  const type = single.get('content-type');
  if (type === undefined || !CONTENT_TYPE.test(type)) return refused('body.content-type');
  const length = single.get('content-length');
  if (length !== undefined && Number(length) !== body.length) return refused('http.header-invalid', 'content-length');
  return undefined;
}
