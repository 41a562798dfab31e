import type { Received } from '../../call/received.ts';
import type { Facts, Identity } from '../../decision/facts.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Stages } from '../../decision/stages.ts';
import type { Found } from '../../decision/verdict.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';
import type { ProtectedResource } from '../refusal/protected-resource.ts';

/** Everything the door needs that a reload may change. It asks for the current one at each request and stream. */
export interface ProxyAssembly<F extends Facts = Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
  /** Takes the place of an exchange before its body is read; the check `admit` then finds it taken. */
  reserve(received: Received): Found<Disposable>;
  /** Longest time until there is a verdict, milliseconds. */
  readonly deadlineMs: number;
  /** The servers of this listener. Routes are unique. */
  readonly servers: readonly ProxyServer[];
  /** Plain HTTP routes of this listener. None of them may reach the upstream of a catalogued server. */
  readonly passthrough: readonly PassthroughRoute[];
  /** Judges the reply to an allowed call; one instance a reply. */
  createJudge(facts: F): ReplyJudge;
  readonly sessions: SessionBinding<F>;
  /**
   * Who sends a request, by a token for `resource`. Asked for passthrough routes that are not declared anonymous, and before a
   * large body is read.
   */
  identify(
    received: Received,
    asked: Pick<PassthroughRoute, 'resource'>,
    signal: AbortSignal,
  ): Promise<Found<Identity>>;
  /** Aborts when another assembly has become the current one: open streams look again. */
  readonly superseded: AbortSignal;
}

/** How session ids of replies are given to their callers. Filled by `stages/handles`. */
export interface SessionBinding<F extends Facts = Facts> {
  /** Room for the session that an `initialize` may open, while it is under way. */
  reserve(facts: F): Disposable | 'too-many';
  bind(
    facts: F,
    upstreamId: string,
  ): { readonly kind: 'bound'; readonly sealed: string } | { readonly kind: 'too-many' };
  end(facts: F): void;
}

/** One MCP server as this door serves it. */
export interface ProxyServer {
  /** Name in the catalogue. */
  readonly name: string;
  /** The one path it is served at, such as `/mcp`. Compared as text. */
  readonly route: string;
  readonly upstream: Upstream;
  /** Origins that may call, as browsers send them. A request without Origin may always. */
  readonly origins: ReadonlySet<string>;
  /** Host values that may be used, lower case, with or without port; `undefined`: the loopback names. */
  readonly hosts: ReadonlySet<string> | undefined;
  readonly eras: 'legacy' | 'modern' | 'both';
  /** Whether its callers need a token. */
  readonly identity: 'token' | 'anonymous';
  /** The protected resource it is (RFC 9728), for metadata and challenges. */
  readonly resource: ProtectedResource | undefined;
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Largest JSON reply and largest single event, bytes. */
  readonly maxReplyBytes: number;
  /** Time until the upstream's reply begins, and without a byte of one that is no stream, milliseconds. */
  readonly replyTimeoutMs: number;
  /** Longest time a call's own reply stream may run, milliseconds. */
  readonly streamMaxAgeMs: number;
  /** Calls that one identified caller may have in progress at once. */
  readonly maxCallsPerPrincipal: number;
  /** Request header fields, lower case, that pass beside those of the protocol. */
  readonly forwardHeaders: ReadonlySet<string>;
}

/** Where a server really is. */
export interface Upstream {
  readonly url: URL;
  /** Unix socket to connect to; the URL then only gives Host and path. */
  readonly socketPath?: string;
  /** PEM of the certificate authorities that are trusted instead of the system's. */
  readonly ca?: string;
  /** Name that its certificate must hold instead of the URL's host. */
  readonly serverName?: string;
  /** PEM of the client certificate and its key. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** Connections that may be open at once. */
  readonly maxConnections: number;
}

/** A path prefix that is no MCP server and is passed on as plain HTTP. */
export interface PassthroughRoute {
  readonly name: string;
  /** `/docs` serves `/docs` and what is below it. */
  readonly prefix: string;
  readonly upstream: URL;
  readonly identity: 'token' | 'anonymous';
  /** Audience of its tokens; there unless it is anonymous. */
  readonly resource: string | undefined;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly origins: ReadonlySet<string>;
  readonly maxBodyBytes: number;
  readonly forwardHeaders: ReadonlySet<string>;
}
