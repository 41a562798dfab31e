import { z } from 'zod';
import { bindAddress } from '../http/bind-address.ts';
import { maxStreamsField } from '../reply/max-streams-field.ts';
import { isSpiffeId } from '../request/certificate-identity.ts';

const pemFile = z.string().min(1);

/** TLS of a listener that Envoy asks: nobody comes in without the right certificate. */
const envoyTlsSchema = z.strictObject({
  certificate: pemFile.describe('PEM file with the certificate chain that Envoy is shown, relative to this file.'),
  key: pemFile.describe('PEM file with the private key of `certificate`.'),
  client_ca: pemFile.describe('PEM file with the CA certificates that sign the certificates of those who may ask.'),
  client_spiffe_ids: z
    .array(z.string().refine(isSpiffeId, 'Must be a whole SPIFFE id with a path, such as spiffe://acme/ns/edge/envoy'))
    .min(1)
    .describe(
      'SPIFFE ids of those who may ask, compared as a whole. The connection of everybody else is closed before anything is read.',
    ),
});

/** Fields that every listener has which Envoy asks. */
export const envoyListenerFields = {
  socket: z
    .string()
    .min(1)
    .max(107)
    .optional()
    .describe(
      'Unix socket that Envoy connects to, relative to this file, in a directory of mode 0700 of its own. Either this, or `bind` with `tls`.',
    ),
  bind: bindAddress
    .optional()
    .describe(
      'Address and port that Envoy connects to, instead of `socket`. Never without `tls`: whoever reaches this door could forge a client certificate. Port 0: any free one.',
    ),
  tls: envoyTlsSchema
    .optional()
    .describe('TLS of `bind`, with client certificates. Files that are renewed are read anew.'),
  engine: z
    .enum(['http2', 'grpc-js'])
    .default('http2')
    .describe('Implementation of gRPC. Both answer the same; http2 needs less CPU.'),
  max_message_bytes: z
    .int()
    .min(64 * 1024)
    .max(128 * 1024 * 1024)
    .default(9 * 1024 * 1024)
    .describe(
      'Largest message of Envoy: the body of a request or of a reply that is judged, and its headers. Larger ones are not answered, and Envoy refuses. Unit: bytes.',
    ),
  client_certificates: z
    .enum(['ignored', 'verified', 'xfcc_sanitize_set'])
    .default('ignored')
    .describe(
      'verified: every listener of that Envoy with TLS verifies client certificates against a trusted_ca, so tokens may be bound to them. xfcc_sanitize_set: the same, and the certificate is read from `Cert` of x-forwarded-client-cert, because that Envoy cannot show it otherwise; each of its listeners has `forward_client_cert_details: SANITIZE_SET`. ignored: none counts.',
    ),
  server_from: z
    .enum(['route', 'original_destination'])
    .default('route')
    .describe(
      'Who names the server. route: the route of Envoy, by `context_extensions` or its name. original_destination: the address and port that the agent dialled before it was redirected to Envoy, looked up in `destinations` of the servers; any other is refused.',
    ),
  max_streams_per_principal: maxStreamsField,
  report_within_ms: z
    .int()
    .min(1000)
    .max(86_400_000)
    .default(65_000)
    .describe(
      'Longest time without a word of the access log about a call that is under way, milliseconds. Then its outcome is `unknown`, and its place is free again. Three times `access_log_flush_interval` of Envoy, and a little.',
    ),
};
