import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What Envoy's administration answers to a GET of `path`. @throws when nobody answers on `socketPath`. */
export async function askEnvoy(socketPath: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({ socketPath, path, headers: { host: 'admin' } }, (response) => {
    text(response).then(resolve, reject);
  });
  asked.on('error', reject).end();
  return await promise;
}
