import type { Facts, Identity } from '../../decision/facts.ts';
import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { OtherServers } from '../../decision/other-servers.ts';
import type { Fallbacks } from '../../decision/stand-in.ts';
import type { Finding, Stages } from '../../decision/stages.ts';
import type { Releases } from '../../kit/release-stack.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import type { UsageTerms } from '../../outcome/usage/usage-terms.ts';
import type { ReplyAssembly } from '../reply/reply-assembly.ts';
import type { ReplyServer } from '../reply/reply-server.ts';
import type { SessionBinding } from '../reply/session-binding.ts';
import type { EntryAssembly } from '../request/entry-assembly.ts';
import type { Callers } from '../request/identify-caller.ts';
import type { ListenerTls } from './tls-options.ts';

/** Everything the door needs that a reload may change. It asks for the current one at each request and stream. */
export interface ProxyAssembly<F extends Facts = Facts> extends ReplyAssembly<F>, EntryAssembly {
  readonly stages: Stages<F>;
  /** TLS of the listener; `undefined`: it speaks plain HTTP. After the start nothing but the certificates may change. */
  readonly tls: ListenerTls | undefined;
  /** The servers of this listener. Routes are unique. */
  readonly servers: readonly ProxyServer[];
  /** Plain HTTP routes of this listener. None of them may reach the upstream of a catalogued server. */
  readonly passthrough: readonly PassthroughRoute[];
  /** Every catalogued server, on whichever listener. */
  readonly catalogued: readonly Reachable[];
  readonly sessions: SessionBinding<F>;
  readonly furtherAttempts: FurtherAttempts;
  readonly fallbacks: Fallbacks<F>;
  readonly others: OtherServers<F>;
  /**
   * Takes what a request is expected to use from the budget of its route, or says why not; its outcome settles it. `undo` gives it
   * back.
   */
  takeUsage(
    usage: UsageTerms,
    request: { readonly decisionId: string; readonly identity: Identity | undefined },
    undo: Releases,
  ): Finding<unknown>;
  /** The server of that name, on whichever listener: a rule may have it called in the place of another. */
  serverNamed(name: string): ProxyServer | undefined;
}

/** One MCP server as this door serves it. */
export interface ProxyServer extends ReplyServer {
  /** The one path it is served at, such as `/mcp`. Compared as text. */
  readonly route: string;
  readonly upstream: Upstream;
  /** Origins that may call, as browsers send them. A request without Origin may always. */
  readonly origins: ReadonlySet<string>;
  /** Host values that may be used, lower case, with or without port; `undefined`: the loopback names. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Whether its callers need a token. */
  readonly identity: 'token' | 'anonymous';
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Time until the upstream's reply begins, and without a byte of one that is no stream, milliseconds. */
  readonly replyTimeoutMs: number;
  /** Request header fields, lower case, that pass beside those of the protocol. */
  readonly forwardHeaders: ReadonlySet<string>;
  /** Which calls are tried again and how; `undefined`: each is sent once. */
  readonly retries: RetrySettings | undefined;
}

/** A server as it is reached. */
export type Reachable = Pick<ProxyServer, 'name' | 'upstream'>;

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
  /** Calls that may wait for one of them. */
  readonly maxPending: number;
}

/** A path prefix that is no MCP server and is passed on as plain HTTP. */
export interface PassthroughRoute extends Callers {
  readonly name: string;
  /** `/docs` serves `/docs` and what is below it. */
  readonly prefix: string;
  readonly upstream: URL;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly origins: ReadonlySet<string>;
  readonly maxBodyBytes: number;
  readonly forwardHeaders: ReadonlySet<string>;
  /** What its replies cost; without it nobody counts. */
  readonly usage?: UsageTerms | undefined;
}
