import type { LoadedConfig } from '../config/load.ts';
import { boundText } from '../kit/bound-text.ts';
import { messageOf } from '../kit/cause.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { ProxyListenerConfig } from '../transports/proxy/config.ts';
import { type ListenerTls, refuseUnusableTls } from '../transports/proxy/tls-options.ts';

/**
 * The certificates of every listener that has TLS, by its name. Their files belong to the configuration from now on.
 *
 * @throws ProblemsError for those that nobody could be served with.
 */
export async function listenerTlsOf(loaded: LoadedConfig): Promise<ReadonlyMap<string, ListenerTls>> {
  const found = new Map<string, ListenerTls>();
  for (const [name, listener] of Object.entries(loaded.config.listeners)) {
    if (listener.door !== 'proxy' || listener.tls === undefined) continue;
    try {
      const tls = await readTls(listener.tls, loaded);
      refuseUnusableTls(tls);
      found.set(name, tls);
    } catch (cause) {
      const message = `the certificates cannot be used: ${boundText(messageOf(cause), 500)}.`;
      throw new ProblemsError([loaded.source.problem(['listeners', name, 'tls'], message)]);
    }
  }
  return found;
}

async function readTls(tls: NonNullable<ProxyListenerConfig['tls']>, loaded: LoadedConfig): Promise<ListenerTls> {
  const read = async (path: string): Promise<string> => Buffer.from(await loaded.readFile(path)).toString('utf8');
  const certificates = { cert: await read(tls.certificate), key: await read(tls.key) };
  if (tls.client_ca === undefined) return { ...certificates, clientCertificates: 'none' };
  return {
    ...certificates,
    clientCa: await read(tls.client_ca),
    clientCertificates: tls.require_client_certificate ? 'required' : 'optional',
  };
}
