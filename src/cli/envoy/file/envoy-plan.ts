import type { RetrySettings } from '../../../catalogue/retry-settings.ts';

/** What one Envoy configuration is for, in words of Sallyport: what `writeBootstrap` makes a file of. */
export interface EnvoyPlan {
  /** authorize: ext_authz decides. inspect: one ext_proc stream decides and judges. */
  readonly wiring: 'authorize' | 'inspect';
  /** Whether what `authorize` cannot judge goes to ext_proc. Always so with `inspect`. */
  readonly replies: boolean;
  /** Whether Sallyport gets the access log. */
  readonly outcomes: boolean;
  /** Whether Sallyport makes spans, and wants to know of each try to reach a tool server. */
  readonly traced: boolean;
  /** Whether there is a breaker that counts each try of calls which Envoy may try again. */
  readonly triesCount: boolean;
  readonly door: PlannedDoor;
  /** Whether what agents dial names the server, because their connections are redirected here. */
  readonly transparent: boolean;
  /** Whether client certificates are written into x-forwarded-client-cert for Sallyport. */
  readonly forwardsCertificates: boolean;
  /** Unix socket of Envoy's own administration, absolute. None: there is no administration. */
  readonly admin: string | undefined;
  /** Longest wait for Sallyport, milliseconds. Above its `deadline_ms`. */
  readonly timeoutMs: number;
  /** Where agents connect. One at least. */
  readonly openings: readonly Opening[];
  /** The tool servers, one at least. */
  readonly servers: readonly PlannedServer[];
  /** PEM file with the certificate authorities that may sign a tool server's, where the server names none. */
  readonly authorities: string;
}

/** Where Envoy asks Sallyport: a Unix socket, absolute, or an address where both show certificates. */
export type PlannedDoor =
  | { readonly socket: string }
  | { readonly host: string; readonly port: number; readonly tls: PlannedDoorTls };

/** Paths of PEM files, absolute. */
export interface PlannedDoorTls {
  /** What Envoy shows. */
  readonly certificate: string;
  readonly key: string;
  /** Who may have signed what Sallyport shows. */
  readonly ca: string;
  /** The name that is in it: a SPIFFE id, an IP address, or a host. */
  readonly name: string;
}

/** An address that agents connect to. */
export interface Opening {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: OpeningTls;
}

/** Paths of PEM files, absolute. */
export interface OpeningTls {
  readonly certificate: string;
  readonly key: string;
  /** Who may have signed client certificates. Given: one is required. */
  readonly clientCa?: string;
}

export interface PlannedServer {
  /** Name in the catalogue. */
  readonly name: string;
  /** Path that agents use, compared exactly. */
  readonly route: string;
  /** Where clients learn which tokens to bring (RFC 9728). */
  readonly metadata: { readonly path: string; readonly host: string } | undefined;
  readonly upstream: PlannedUpstream;
  /** What agents dial for it, `10.0.0.1:80` or `[2001:db8::1]:80`. */
  readonly destinations: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxReplyBytes: number;
  readonly maxConnections: number;
  /** Requests that may wait for one of them. */
  readonly maxPending: number;
  /** Longest life of one request, milliseconds. */
  readonly maxAgeMs: number;
  /** How Sallyport may have its calls tried again; `undefined`: each is sent once. */
  readonly retries: RetrySettings | undefined;
  /** Whether breakers count what becomes of its calls. */
  readonly hasBreaker: boolean;
  /** Longest time until a reply begins, milliseconds. */
  readonly replyTimeoutMs: number;
}

export interface PlannedUpstream {
  readonly at: { readonly host: string; readonly port: number } | { readonly socket: string };
  /** Value of Host that the tool server gets. */
  readonly authority: string;
  readonly path: string;
  readonly tls: PlannedUpstreamTls | undefined;
}

/** Paths of PEM files, absolute. */
export interface PlannedUpstreamTls {
  /** Name, or IP address, that the certificate must hold. */
  readonly serverName: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Most bytes that Envoy has to hold of one body, either way. */
export function bufferBytes({ servers }: EnvoyPlan): number {
  return Math.max(...servers.flatMap(({ maxBodyBytes, maxReplyBytes }) => [maxBodyBytes, maxReplyBytes]));
}

/** Milliseconds as Envoy writes them. */
export function duration(ms: number): string {
  return `${ms / 1000}s`;
}
