import type { LoadedConfig } from '../config/load.ts';
import { envoyListeners } from '../config/listeners-of.ts';
import { boundText } from '../kit/bound-text.ts';
import { messageOf } from '../kit/cause.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { GrpcTls } from '../transports/grpc/grpc-server.ts';
import { refuseUnfit } from '../transports/grpc/tls-options.ts';
import type { ProxyListenerConfig } from '../transports/proxy/config.ts';
import { type ListenerTls, refuseUnusableTls } from '../transports/proxy/tls-options.ts';

/**
 * The certificates of the built-in proxy's listeners, by listener. They belong to the configuration: when one is renewed, it is
 * read anew.
 *
 * @throws ProblemsError for files that do not fit together; with half of a renewal the last good ones stay in force.
 */
export async function proxyTlsOf(loaded: LoadedConfig): Promise<ReadonlyMap<string, ListenerTls>> {
  const found = new Map<string, ListenerTls>();
  for (const [name, listener] of Object.entries(loaded.config.listeners)) {
    if (listener.door !== 'proxy' || listener.tls === undefined) continue;
    found.set(name, usable(await proxyTls(listener.tls, loaded), refuseUnusableTls, name, loaded));
  }
  return found;
}

/** The same of the listeners that Envoy asks over TCP. @throws ProblemsError likewise. */
export async function envoyTlsOf(loaded: LoadedConfig): Promise<ReadonlyMap<string, GrpcTls>> {
  const found = new Map<string, GrpcTls>();
  for (const [name, { tls }] of envoyListeners(loaded.config)) {
    if (tls === undefined) continue;
    const files = { ...(await pairOf(tls, loaded)), clientCa: await read(tls.client_ca, loaded) };
    found.set(name, usable(files, refuseUnfit, name, loaded));
  }
  return found;
}

async function proxyTls(tls: NonNullable<ProxyListenerConfig['tls']>, loaded: LoadedConfig): Promise<ListenerTls> {
  const pair = await pairOf(tls, loaded);
  if (tls.client_ca === undefined) return { ...pair, clientCertificates: 'none' };
  const clientCertificates = tls.require_client_certificate ? 'required' : 'optional';
  return { ...pair, clientCa: await read(tls.client_ca, loaded), clientCertificates };
}

async function pairOf(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  loaded: LoadedConfig,
): Promise<{ readonly cert: string; readonly key: string }> {
  return { cert: await read(certificate, loaded), key: await read(key, loaded) };
}

async function read(path: string, loaded: LoadedConfig): Promise<string> {
  return Buffer.from(await loaded.readFile(path)).toString('utf8');
}

function usable<T>(files: T, refuse: (files: T) => void, listener: string, { source }: LoadedConfig): T {
  try {
    refuse(files);
    return files;
  } catch (cause) {
    const message = `the certificates cannot be used: ${boundText(messageOf(cause), 500)}.`;
    throw new ProblemsError([source.problem(['listeners', listener, 'tls'], message)]);
  }
}
