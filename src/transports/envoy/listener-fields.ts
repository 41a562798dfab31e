import { z } from 'zod';
import { maxStreamsField } from '../reply/max-streams-field.ts';

/** Fields that every listener has which Envoy asks. */
export const envoyListenerFields = {
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
    .default(9 * 1024 * 1024)
    .describe(
      'Largest message of Envoy: the body of a request or of a reply that is judged, and its headers. Larger ones are not answered, and Envoy refuses. Unit: bytes.',
    ),
  client_certificates: z
    .enum(['ignored', 'verified'])
    .default('ignored')
    .describe(
      'verified: every listener of that Envoy with TLS verifies client certificates against a trusted_ca, so tokens may be bound to them. ignored: none counts.',
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
