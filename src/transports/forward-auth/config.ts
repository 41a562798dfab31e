import { z } from 'zod';

/** A listener that another proxy asks over HTTP, as nginx does with `auth_request`. */
export const forwardAuthListenerSchema = z.strictObject({
  door: z
    .literal('forward_auth')
    .describe('Another proxy (nginx, Caddy, Kong) asks here over HTTP about each request before it forwards it.'),
  socket: z
    .string()
    .min(1)
    .max(107)
    .describe(
      'Unix socket that the proxy connects to, relative to this file, in a directory of mode 0700 of its own. There is no TCP: whoever reaches this door could ask in the name of any proxy.',
    ),
  original: z
    .enum(['x_original', 'x_forwarded'])
    .default('x_original')
    .describe(
      'Header fields with the request that is asked about. x_original: x-original-method, x-original-uri, x-original-host. x_forwarded: x-forwarded-method, x-forwarded-uri, x-forwarded-host, as Caddy and Traefik send them. The proxy must set all three itself, in place of what an agent sent.',
    ),
  refusals: z
    .enum(['as_is', 'auth_request'])
    .default('as_is')
    .describe(
      'HTTP status of refusals. as_is: the one that the agent should get, but never 2xx. auth_request: 401 or 403, all that nginx knows; the answer then stands in the header field sallyport-reply as well.',
    ),
  max_connections: z
    .int()
    .min(1)
    .max(100_000)
    .default(1024)
    .describe('Most connections at once; further ones are closed.'),
  request_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('Longest time until a whole question is there, body included. Unit: milliseconds.'),
});
export type ForwardAuthListenerConfig = z.output<typeof forwardAuthListenerSchema>;
