import type { IncomingMessage } from 'node:http';
import type { ReasonCode } from '../../call/reason.ts';
import { type HeaderList, headerValues } from '../../call/received.ts';
import { isForwarded } from '../request/forwarded-headers.ts';

/** The methods of MCP that have a body. */
const MESSAGES: ReadonlySet<string> = new Set(['POST']);

/** Header fields in one request. Node would drop what is beyond its own limit without a word, so it has none here. */
const MAX_HEADER_FIELDS = 200;

/**
 * Why the framing of this request is not accepted; `undefined` when it is.
 *
 * Node's parser has already refused two lengths, length with chunks, folded and bare-LF lines and unknown versions. What it
 * lets pass and others read differently is refused here: the answer is 400 and the connection ends.
 *
 * @param bodied The methods that may come with a body.
 */
export function refusedFraming(
  request: IncomingMessage,
  headers: HeaderList,
  bodied: ReadonlySet<string> = MESSAGES,
): ReasonCode | undefined {
  if (headers.length > MAX_HEADER_FIELDS) return 'http.headers-too-large';
  const odd =
    request.httpVersion !== '1.1' ||
    headerValues(headers, 'host').length !== 1 ||
    !(request.url ?? '').startsWith('/') ||
    !isPlainlyCoded(headers) ||
    ['upgrade', 'expect', 'http2-settings'].some((name) => headerValues(headers, name).length > 0) ||
    (!bodied.has(request.method ?? '') && declaresBody(headers)) ||
    headerValues(headers, 'connection').some(removesForwarded);
  return odd ? 'http.framing' : undefined;
}

/** No transfer coding but `chunked`: whoever does not know another one cuts the body elsewhere (RFC 9112 §6.1). */
function isPlainlyCoded(headers: HeaderList): boolean {
  const codings = headerValues(headers, 'transfer-encoding');
  return codings.length <= 1 && codings.every((coding) => coding.toLowerCase() === 'chunked');
}

function declaresBody(headers: HeaderList): boolean {
  return (
    headerValues(headers, 'transfer-encoding').length > 0 ||
    headerValues(headers, 'content-length').some((length) => length !== '0')
  );
}

/** `Connection: mcp-name` would take a judged header off the forwarded request (RFC 9110 §7.6.1). */
function removesForwarded(connection: string): boolean {
  return connection.split(',').some((option) => isForwarded(option.trim().toLowerCase(), new Set()));
}
