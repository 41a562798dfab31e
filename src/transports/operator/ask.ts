import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request to the operator socket of a service. */
export interface OperatorRequest {
  readonly path: string;
  /** Sent as JSON by POST; without it the path is read by GET. */
  readonly body?: unknown;
}

/** @throws what the operating system said when nobody answers at `socketPath`. */
export async function ask(
  socketPath: string,
  { path, body }: OperatorRequest,
): Promise<{ readonly status: number; readonly said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; said: string }>();
  const asked = request({ socketPath, path, method: body === undefined ? 'GET' : 'POST' }, (response) => {
    text(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), reject);
  });
  asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  return await promise;
}
