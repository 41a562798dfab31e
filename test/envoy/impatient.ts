/**
 * The same configuration of Envoy, which waits for the rest of a request for a moment only, and closes what it cuts off without
 * the second that it gives a client to read what was said.
 */
export function impatient(text: string): string {
  const edited = text.replaceAll(
    /request_headers_timeout: 10s\n( +)request_timeout: 30s/g,
    'request_headers_timeout: 0.3s\n$1request_timeout: 0.3s\n$1delayed_close_timeout: 0.01s',
  );
  if (edited === text) throw new Error('there is no such place in the configuration of Envoy');
  return edited;
}
