import { z } from 'zod';
import { NEVER_RELAYED } from '../../call/never-forwarded.ts';
import { bindAddress } from '../http/bind-address.ts';
import { usageFields } from './usage-config.ts';
import { maxStreamsField } from '../reply/max-streams-field.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'Must be a lower-case name of at most 63 characters');

const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'Must be a lower-case header name')
  .refine((field) => !NEVER_RELAYED.has(field), {
    error: ({ input }) =>
      `Must not be ${String(input)}, which belongs to one connection and is never passed on: remove it`,
  });

const tlsSchema = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file with the certificate chain of the listener, relative to this file.'),
  key: z.string().min(1).describe('PEM file with the private key of `certificate`.'),
  client_ca: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the CA certificates that sign client certificates. Without it none is asked for.'),
  require_client_certificate: z
    .boolean()
    .default(false)
    .describe('Whether a connection without a certificate from `client_ca` is closed. Else it counts as having none.'),
});

/** One address that agents connect to. */
export const proxyListenerSchema = z.strictObject({
  door: z
    .literal('proxy')
    .default('proxy')
    .describe('Agents connect here and Sallyport forwards what is allowed: the built-in proxy.'),
  bind: bindAddress
    .default('127.0.0.1:8700')
    .describe(
      'Address and port. Anything but a loopback address needs `tls` or `plaintext: true`. Port 0: any free one.',
    ),
  plaintext: z
    .boolean()
    .default(false)
    .describe('Lets a listener without TLS be reached from other hosts: tokens then travel in clear.'),
  tls: tlsSchema.optional().describe('TLS of the listener. Without it the listener speaks plain HTTP.'),
  max_header_bytes: z
    .int()
    .min(4096)
    .max(256 * 1024)
    .default(60 * 1024)
    .describe('Largest header block of a request. Unit: bytes.'),
  max_connections: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe('Most connections at once; further ones are closed.'),
  max_streams_per_principal: maxStreamsField,
  headers_timeout_ms: z
    .int()
    .min(100)
    .max(300_000)
    .default(10_000)
    .describe('Longest time until the header block of a request is there. Unit: milliseconds.'),
  request_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(30_000)
    .describe('Longest time until a whole request is there, body included. Unit: milliseconds.'),
});
export type ProxyListenerConfig = z.output<typeof proxyListenerSchema>;

/** One route that is no MCP server and is passed on as plain HTTP: recorded, never judged. */
export const passthroughSchema = z.strictObject({
  listener: name.default('agents').describe('Name of the listener that serves the route.'),
  route: z
    .string()
    .regex(/^(\/[A-Za-z0-9_~!$&'()*+,;=:@.-]+)+$/, 'Must be a plain absolute path')
    .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'Must not have dot segments')
    .describe('Path that is passed on with everything below it.'),
  upstream: z
    .url({ protocol: /^https?$/, error: 'Must be an http or https URL' })
    .refine((text) => !/[#@?\s\\]/.test(text), 'Must have no query, fragment, user, space or backslash')
    .describe('URL that requests go to. Never a catalogued tool server. Redirects are handed to the caller.'),
  identity: z
    .enum(['token', 'anonymous'])
    .default('token')
    .describe('token: every request needs an access token. anonymous: anyone may use the route.'),
  resource: z
    .url()
    .optional()
    .describe('Audience that tokens must have on this route. Required unless identity is anonymous.'),
  origins: z.array(z.string().min(1)).default([]).describe('Origin values that may call.'),
  hosts: z.array(z.string().min(1)).default([]).describe('Host values that are accepted. Empty: the loopback names.'),
  pass_headers: z
    .array(headerName)
    .default([])
    .describe('Header fields of the caller that are forwarded besides the usual ones, lower-case names.'),
  max_body_bytes: z
    .int()
    .min(0)
    .max(64 * 1024 * 1024)
    .default(2 * 1024 * 1024)
    .describe('Largest request body. Unit: bytes.'),
  serves: z
    .enum(['tool', 'agent'])
    .default('tool')
    .describe('What is behind the route, as spans say it: a tool, or another agent. With `usage` it is a model.'),
  trust_trace: z
    .boolean()
    .default(false)
    .describe(
      'Only with `telemetry.tracing`. true: whether a request is sampled is for its caller to say, and `tracestate` passes. false: it is decided here, and it does not.',
    ),
  ...usageFields,
});
export type PassthroughConfig = z.output<typeof passthroughSchema>;

/** The `passthrough:` section: name → route. */
export const passthroughsSchema = z
  .record(name, passthroughSchema)
  .default({})
  .describe('Routes that are passed on as plain HTTP, by name. None by default: other paths are refused.');

/** The `decision:` section: how much is taken on at once, and how long an answer may take. */
export const decisionSchema = z
  .strictObject({
    deadline_ms: z
      .int()
      .min(10)
      .max(60_000)
      .default(2000)
      .describe('Longest time until there is a verdict; then the call is refused. Unit: milliseconds.'),
    max_in_flight: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Most calls in progress at once, open streams included. Further ones are refused with 503.'),
    max_loop_delay_ms: z
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('Mean delay of the event loop above which no further call is taken. Unit: milliseconds.'),
    max_buffered_bytes: z
      .int()
      .min(1024 * 1024)
      .max(64 * 1024 * 1024 * 1024)
      .default(64 * 1024 * 1024)
      .describe(
        'Most bytes of request bodies held in memory at once, and as many again of replies. What goes beyond is refused with 503.',
      ),
    drain_ms: z
      .int()
      .min(0)
      .max(600_000)
      .default(20_000)
      .describe('How long calls in progress may go on after SIGTERM. Then their streams end. Unit: milliseconds.'),
  })
  .prefault({})
  .describe('How much is taken on at once, and how long an answer may take.');
