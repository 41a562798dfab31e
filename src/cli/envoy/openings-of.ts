import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { boundText } from '../../kit/bound-text.ts';
import { CommandError } from '../command-error.ts';
import type { Opening, OpeningTls } from './file/envoy-plan.ts';

/** Where agents connect, as the command line says it. */
export interface OpeningOptions {
  readonly bind?: string;
  readonly tlsBind?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCa?: string;
}

const DEFAULT_BIND = '127.0.0.1:8800';

/**
 * The addresses: one, which has TLS when there is a certificate; or, with `tlsBind`, that one with TLS, and `bind` without
 * it where it is said.
 *
 * @throws CommandError when an address is none, or one option lacks another.
 */
export function openingsOf({ bind, tlsBind, ...files }: OpeningOptions): readonly Opening[] {
  const tls = tlsOf(files);
  if (tlsBind === undefined) return [opening('agents', bind ?? DEFAULT_BIND, tls)];
  if (tls === undefined) throw new CommandError('--tls-bind needs --tls-cert and --tls-key.');
  const secure = opening('agents-tls', tlsBind, tls);
  return bind === undefined ? [secure] : [opening('agents', bind, undefined), secure];
}

function tlsOf({ tlsCert, tlsKey, clientCa }: OpeningOptions): OpeningTls | undefined {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new CommandError('--tls-cert and --tls-key go together.');
  if (tlsCert === undefined || tlsKey === undefined) {
    if (clientCa === undefined) return undefined;
    throw new CommandError('--client-ca needs --tls-cert and --tls-key: certificates are shown in TLS only.');
  }
  const own = { certificate: resolve(tlsCert), key: resolve(tlsKey) };
  return clientCa === undefined ? own : { ...own, clientCa: resolve(clientCa) };
}

function opening(name: string, bind: string, tls: OpeningTls | undefined): Opening {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(bind) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (isIP(host) === 0 || (bracketed !== undefined) !== (isIP(host) === 6) || port > 65_535) {
    const shown = boundText(bind, 200);
    throw new CommandError(`"${shown}" is no address to listen on. Write it like ${DEFAULT_BIND} or [::1]:8800.`);
  }
  return { name, host, port, ...(tls === undefined ? {} : { tls }) };
}
