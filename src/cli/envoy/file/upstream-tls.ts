import { isIP } from 'node:net';
import type { RemarkedMap } from './remarked.ts';

/** TLS towards a server, with paths of PEM files. */
export interface UpstreamTlsParts {
  /** What the server's certificate must hold: a SPIFFE id, an IP address, or a host. */
  readonly serverName: string;
  readonly ca: string;
  readonly certificate?: string;
  readonly key?: string;
  /** What is offered by ALPN; when it is left out, what Envoy would. */
  readonly protocols?: readonly string[];
}

/** The transport socket for it. */
export function upstreamTls({ serverName, ca, certificate, key, protocols }: UpstreamTlsParts): RemarkedMap {
  const kind = kindOf(serverName);
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: kind === 'DNS' ? serverName : undefined,
      common_tls_context: {
        alpn_protocols: protocols,
        tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
        tls_certificates:
          certificate === undefined || key === undefined
            ? undefined
            : [{ certificate_chain: { filename: certificate }, private_key: { filename: key } }],
        '# validation_context': 'Needed: without it Envoy takes any certificate.',
        validation_context: {
          trusted_ca: { filename: ca },
          match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact: serverName } }],
        },
      },
    },
  };
}

function kindOf(serverName: string): 'URI' | 'IP_ADDRESS' | 'DNS' {
  if (serverName.startsWith('spiffe://')) return 'URI';
  return isIP(serverName) === 0 ? 'DNS' : 'IP_ADDRESS';
}
