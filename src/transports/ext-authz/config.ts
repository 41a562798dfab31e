import { z } from 'zod';

/** A listener that Envoy asks by ext_authz (`envoy.service.auth.v3`) instead of one that agents connect to. */
export const extAuthzListenerSchema = z.strictObject({
  door: z.literal('ext_authz').describe('Envoy asks here about each request before it forwards it.'),
  socket: z
    .string()
    .min(1)
    .max(107)
    .describe(
      'Unix socket that Envoy connects to, relative to this file, in a directory of mode 0700 of its own. There is no TCP: whoever reaches this door could forge a client certificate.',
    ),
  engine: z
    .enum(['http2', 'grpc-js'])
    .default('http2')
    .describe('Implementation of gRPC. Both answer the same; http2 needs less CPU.'),
  max_message_bytes: z
    .int()
    .min(64 * 1024)
    .max(128 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe(
      'Largest question of Envoy: the request body and its headers. Larger ones are not answered, and Envoy refuses. Unit: bytes.',
    ),
  client_certificates: z
    .enum(['ignored', 'verified'])
    .default('ignored')
    .describe(
      'verified: every listener of that Envoy with TLS verifies client certificates against a trusted_ca, so tokens may be bound to them. ignored: none counts.',
    ),
});
export type ExtAuthzListenerConfig = z.output<typeof extAuthzListenerSchema>;
