import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import { certificateIdentity } from '../../transports/request/certificate-identity.ts';
import { CommandError } from '../command-error.ts';
import { addressIn } from './address-in.ts';
import type { EnvoyListener } from './envoy-listener.ts';
import type { PlannedDoor } from './file/envoy-plan.ts';

/** How Envoy reaches a listener that is no socket, as the command line says it. */
export interface DoorOptions {
  readonly sallyportAddress?: string;
  readonly sallyportCa?: string;
  readonly sallyportName?: string;
  readonly envoyCert?: string;
  readonly envoyKey?: string;
}

const FLAGS: Readonly<Record<keyof DoorOptions, string>> = {
  sallyportAddress: '--sallyport-address',
  sallyportCa: '--sallyport-ca',
  sallyportName: '--sallyport-name',
  envoyCert: '--envoy-cert',
  envoyKey: '--envoy-key',
};

/** @throws CommandError when the options do not fit the listener, or one is missing. */
export async function plannedDoor(
  name: string,
  listener: EnvoyListener,
  options: DoorOptions,
  { pathOf, readFile }: Pick<LoadedConfig, 'pathOf' | 'readFile'>,
): Promise<PlannedDoor> {
  const { socket, bind, tls } = listener;
  if (socket !== undefined) {
    const given = Object.entries(FLAGS).find(([option]) => Object.hasOwn(options, option));
    if (given === undefined) return { socket: resolve(pathOf(socket)) };
    throw new CommandError(`${given[1]} is for a listener with bind and tls, and "${name}" is a socket.`);
  }
  const { sallyportCa: ca, envoyCert: certificate, envoyKey: key } = options;
  if (ca === undefined || certificate === undefined || key === undefined || tls === undefined || bind === undefined) {
    throw new CommandError(
      `Envoy asks "${name}" over TLS. Give --envoy-cert and --envoy-key, which it shows, and --sallyport-ca, which signs what it is shown.`,
    );
  }
  const files = { certificate: resolve(certificate), key: resolve(key), ca: resolve(ca) };
  const serverName = options.sallyportName ?? spiffeIdOf(await readFile(tls.certificate), tls.certificate);
  return { ...endpointOf(bind, options), tls: { ...files, name: serverName } };
}

function endpointOf(bind: string, { sallyportAddress }: DoorOptions): { readonly host: string; readonly port: number } {
  const { host, port } = addressIn(sallyportAddress ?? bind);
  if (port !== 0 && host !== '0.0.0.0' && host !== '::') return { host, port };
  throw new CommandError(`say with --sallyport-address where Envoy reaches ${bind}, such as sallyport.internal:9443.`);
}

/** The name by which Envoy knows Sallyport, when its certificate has one that cannot mean anything else. */
function spiffeIdOf(pem: Uint8Array, file: string): string {
  const { spiffeId } = certificateIdentity(new X509Certificate(pem));
  if (spiffeId !== undefined) return spiffeId;
  throw new CommandError(`${file} has no SPIFFE id. Say with --sallyport-name which name in it Envoy must find.`);
}
