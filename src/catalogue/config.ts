import { z } from 'zod';
import { mayBeForwarded } from '../call/never-forwarded.ts';
import { WAIVABLE_NEEDS, type WaivableNeed } from '../call/reply-need.ts';
import { canonicalEndpoint } from '../kit/canonical-endpoint.ts';
import { adaptiveSchema, adaptiveSettingsOf } from './adaptive-config.ts';
import type { AdaptiveSettings } from './adaptive-settings.ts';
import { bulkheadFields, bulkheadSettingsOf } from './bulkhead-config.ts';
import type { BulkheadSettings } from './bulkhead-settings.ts';
import { breakerSchema, breakerSettingsOf } from './breaker-config.ts';
import type { BreakerSettings } from './breaker-settings.ts';
import { retrySchema, retrySettingsOf } from './retry-config.ts';
import type { RetrySettings } from './retry-settings.ts';

/** TLS towards the tool server. */
const upstreamTlsSchema = z.strictObject({
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with the CA certificates that may sign the upstream. Default: those of Node.'),
  certificate: z.string().min(1).optional().describe('PEM file with the client certificate shown to the upstream.'),
  key: z.string().min(1).optional().describe('PEM file with the private key of `certificate`.'),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe('Name that the upstream certificate must hold. Default: the host of `upstream`.'),
});

const route = z
  .string()
  .regex(/^(\/|(\/[A-Za-z0-9_~!$&'()*+,;=:@.-]+)+)$/, 'Must be a plain absolute path')
  .refine(
    (path) => !path.split('/').some((segment) => segment === '.' || segment === '..'),
    'Must not have dot segments',
  );

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'Must be an http or https URL' })
  .refine((text) => !/[#@\s\\]/.test(text), 'Must have no fragment, user, space or backslash');

const origin = z
  .string()
  .regex(
    /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/,
    'Must be an origin such as https://app.example',
  );

const host = z
  .string()
  .regex(
    /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/,
    'Must be a lower-case host, with its port unless it is the default one',
  );

/** A field that never passes would be listed in vain, and its operator would believe that it does. */
const passedHeader = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'Must be a lower-case header name')
  .refine(mayBeForwarded, {
    error: ({ input }) => `Must not be ${String(input)}, which no tool server gets from its caller: remove it`,
  });

const destination = z
  .string()
  .refine(
    (text) => endpointIn(text) !== undefined,
    'Must be ADDRESS:PORT with a numeric address, such as 10.0.0.7:3001 or [2001:db8::7]:3001',
  );

/** One tool server. Every default is the closed one. */
export const serverSchema = z.strictObject({
  route: route.describe('Path on the listener, compared exactly: no prefix, no decoding.'),
  listener: z.string().min(1).default('agents').describe('Name of the listener that serves the route.'),
  upstream: httpUrl.describe('URL of the MCP endpoint that allowed calls are forwarded to.'),
  upstream_socket: z
    .string()
    .min(1)
    .max(107)
    .optional()
    .describe('Unix socket of the tool server, relative to this file. `upstream` then only gives Host and path.'),
  destinations: z
    .array(destination)
    .default([])
    .describe(
      'Only on a listener with `server_from: original_destination`: addresses with ports that agents dial for this server. Empty: that of `upstream`, where it has a numeric one.',
    ),
  resource: httpUrl
    .optional()
    .describe(
      'Canonical URI of this server as callers know it (RFC 8707): the only audience a token may have. Required unless identity is anonymous.',
    ),
  era: z
    .enum(['both', 'legacy', 'modern'])
    .default('both')
    .describe('Protocol eras that are let through: legacy is 2024-11-05 to 2025-11-25, modern is 2026-07-28.'),
  identity: z
    .enum(['token', 'anonymous'])
    .default('token')
    .describe('token: every call needs an access token. anonymous: no caller is identified; all count as one.'),
  capability: z
    .enum(['token', 'none'])
    .default('token')
    .describe('token: the access token must grant what is called. none: rules alone decide.'),
  origins: z
    .array(origin)
    .default([])
    .describe('Origin values that may call. A request with any other Origin is refused.'),
  hosts: z
    .array(host)
    .default([])
    .describe(
      'Host values that are accepted. Empty: the host and port of `resource`; the loopback names of this host when there is none or it is one of them.',
    ),
  pins: z.string().min(1).describe('JSON file with the accepted tool definitions, relative to this file.'),
  allow_methods: z
    .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, 'Must be 1 to 128 printable ASCII characters'))
    .default([])
    .describe('Methods and notifications beyond the MCP specification that may pass.'),
  pass_headers: z
    .array(passedHeader)
    .default([])
    .describe('Header fields of the caller that are forwarded besides those of MCP, lower-case names.'),
  max_body_bytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(2 * 1024 * 1024)
    .describe('Largest request body, bytes.'),
  max_reply_bytes: z
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Largest reply body or single stream event that is judged, bytes. A larger one is replaced by an error.'),
  reply_timeout_ms: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('Longest wait for the upstream to begin its reply, and for the next byte of a JSON reply, milliseconds.'),
  ...bulkheadFields,
  max_calls_per_principal: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .describe(
      'Most calls that one identified caller may have in progress at once, without open streams. Further ones are refused with 503.',
    ),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'Must be one scope name (RFC 6749 §3.3)'))
    .default([])
    .describe('OAuth scopes that callers are told to ask for (RFC 9728). No scope grants anything by itself.'),
  max_list_ttl_ms: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(60_000)
    .describe('Longest time a client may cache a filtered list, milliseconds. A shorter one of the upstream stays.'),
  stream_max_age_s: z
    .int()
    .min(1)
    .max(86_400)
    .default(3600)
    .describe('Longest life of a stream or of a streamed reply, seconds.'),
  max_sessions_per_principal: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('Most sessions one caller may have open.'),
  judge_replies: z
    .enum(['when_needed', 'always'])
    .default('when_needed')
    .describe(
      'Only on an ext_authz listener. always: the reply to every call is judged, which costs Envoy a stream a call; the record then has what the tool said. when_needed: only lists, streams, sessions, tasks and what a client that can be asked back asks for; of other calls the record has the HTTP status.',
    ),
  waive: z
    .array(z.enum(WAIVABLE_NEEDS))
    .default([])
    .describe(
      'Only on an ext_authz or forward_auth listener: what passes unjudged and unfiltered although it should be judged. lists: every tool is shown to every caller. streams: GET and subscriptions, never ended by us. sessions: initialize, for servers that give no session id.',
    ),
  rate_limit_headers: z
    .boolean()
    .default(true)
    .describe(
      'Whether callers are told what is left of their own limits and those of their tenant, by `RateLimit` and `RateLimit-Policy`.',
    ),
  trust_trace: z
    .boolean()
    .default(false)
    .describe(
      'Only with `telemetry.tracing`. true: whether a call is sampled is for its caller to say, and `tracestate` and baggage pass. false: it is decided here, and neither passes.',
    ),
  breaker: breakerSchema.optional(),
  retries: retrySchema.optional(),
  adaptive: adaptiveSchema,
  upstream_tls: upstreamTlsSchema.optional().describe('TLS towards the upstream, where the defaults do not fit.'),
});

/** The `servers:` section: name → server. */
export const serversSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'Must be a lower-case name of at most 63 characters'),
    serverSchema,
  )
  .describe('Tool servers by name. The name is what rules, grants and records call the server.');

export type ServersSection = z.output<typeof serversSchema>;

/** TLS towards a tool server, paths as written. */
export interface UpstreamTls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/** One tool server as configured, defaults filled in. */
export interface ServerConfig {
  /** Path on the listener, compared exactly. */
  readonly route: string;
  readonly listener: string;
  /** URL of the MCP endpoint behind. */
  readonly upstream: string;
  /** Unix socket to connect to, as written; the host of `upstream` is not asked then. */
  readonly upstreamSocket: string | undefined;
  /** What agents dial for it, in the spelling of `canonicalEndpoint()`, filled from `upstream` when none is written. */
  readonly destinations: readonly string[];
  /** The only audience a token may have; `undefined` only for `identity: anonymous`. */
  readonly resource: string | undefined;
  readonly era: 'both' | 'legacy' | 'modern';
  readonly identity: 'token' | 'anonymous';
  readonly capability: 'token' | 'none';
  readonly origins: readonly string[];
  /** Accepted Host values, filled from `resource` when none is written; empty: the loopback names. */
  readonly hosts: readonly string[];
  /** Path of the pins file, as written. */
  readonly pins: string;
  readonly allowMethods: readonly string[];
  readonly passHeaders: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxReplyBytes: number;
  readonly maxListTtlMs: number;
  readonly replyTimeoutMs: number;
  readonly maxUpstreamConnections: number;
  /** Calls that may wait for a connection. */
  readonly maxPending: number;
  readonly bulkhead: BulkheadSettings;
  readonly maxCallsPerPrincipal: number;
  readonly scopes: readonly string[];
  readonly streamMaxAgeMs: number;
  readonly maxSessionsPerPrincipal: number;
  /** What of the replies passes unjudged on a door that sees none. */
  readonly waive: readonly WaivableNeed[];
  /** Which replies are judged behind a door that need not see them all. */
  readonly judgeReplies: 'when_needed' | 'always';
  /** Whether callers are told what is left of their limits. */
  readonly rateLimitHeaders: boolean;
  readonly upstreamTls: UpstreamTls | undefined;
  /** Whether its callers are believed about the traces that they say they belong to. */
  readonly trustTrace: boolean;
  /** How the breakers of this server's tools judge; `undefined`: there are none. */
  readonly breaker: BreakerSettings | undefined;
  /** Which calls are tried again and how; `undefined`: each is sent once. */
  readonly retries: RetrySettings | undefined;
  readonly adaptive: AdaptiveSettings;
}

/** The section's entry in the names and units of the code. */
export function serverConfigOf(written: z.output<typeof serverSchema>): ServerConfig {
  const { resource, hosts, destinations, upstream_tls: tls, breaker, retries } = written;
  return {
    route: written.route,
    listener: written.listener,
    upstream: written.upstream,
    upstreamSocket: written.upstream_socket,
    destinations:
      destinations.length > 0 ? destinations.flatMap((text) => endpointIn(text) ?? []) : ownAddress(written),
    resource,
    era: written.era,
    identity: written.identity,
    capability: written.capability,
    origins: written.origins,
    hosts: hosts.length > 0 ? hosts : ownHosts(resource),
    pins: written.pins,
    allowMethods: written.allow_methods,
    passHeaders: written.pass_headers,
    maxBodyBytes: written.max_body_bytes,
    maxReplyBytes: written.max_reply_bytes,
    maxListTtlMs: written.max_list_ttl_ms,
    replyTimeoutMs: written.reply_timeout_ms,
    maxUpstreamConnections: written.max_upstream_connections,
    ...bulkheadSettingsOf(written),
    maxCallsPerPrincipal: written.max_calls_per_principal,
    scopes: written.scopes,
    streamMaxAgeMs: written.stream_max_age_s * 1000,
    maxSessionsPerPrincipal: written.max_sessions_per_principal,
    waive: written.waive,
    judgeReplies: written.judge_replies,
    rateLimitHeaders: written.rate_limit_headers,
    upstreamTls: tls === undefined ? undefined : upstreamTlsOf(tls),
    trustTrace: written.trust_trace,
    breaker: breaker === undefined ? undefined : breakerSettingsOf(breaker, written.reply_timeout_ms),
    retries: retries === undefined ? undefined : retrySettingsOf(retries),
    adaptive: adaptiveSettingsOf(written.adaptive),
  };
}

/** `ADDRESS:PORT` in the one spelling of it, `undefined` when it is none. */
function endpointIn(text: string): string | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const isV6 = bracketed?.includes(':') === true;
  return bracketed !== undefined && !isV6 ? undefined : canonicalEndpoint(bracketed ?? plain ?? '', Number(digits));
}

/** Where `upstream` is, when it says so in numbers. */
function ownAddress({ upstream, upstream_socket: socket }: z.output<typeof serverSchema>): readonly string[] {
  if (socket !== undefined) return [];
  const { hostname, port, protocol } = new URL(upstream);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const endpoint = canonicalEndpoint(hostname.replace(/^\[(.*)\]$/, '$1'), number);
  return endpoint === undefined ? [] : [endpoint];
}

/** The Host that callers of `resource` use. None stands for the loopback names, which cannot be rebound by DNS. */
function ownHosts(resource: string | undefined): readonly string[] {
  if (resource === undefined) return [];
  const url = new URL(resource);
  return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) ? [] : [url.host];
}

function upstreamTlsOf({ ca, certificate, key, server_name }: z.output<typeof upstreamTlsSchema>): UpstreamTls {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(server_name === undefined ? {} : { serverName: server_name }),
  };
}
