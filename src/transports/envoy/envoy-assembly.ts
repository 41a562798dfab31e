import type { WaivableNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Fallbacks } from '../../decision/stand-in.ts';
import type { Stages } from '../../decision/stages.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import type { ReplyAssembly } from '../reply/reply-assembly.ts';
import type { ReplyServer } from '../reply/reply-server.ts';
import type { SessionBinding } from '../reply/session-binding.ts';
import type { AllowedAuthorities } from '../request/authority.ts';

/** Everything that a door of Envoy's needs and a reload may change. It asks for the current one at each question. */
export interface EnvoyAssembly<F extends Facts = Facts> extends ReplyAssembly<F> {
  /** With refusals of what this listener cannot carry. */
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
  /** The servers of this listener, by name. */
  readonly servers: ReadonlyMap<string, EnvoyServer>;
  /** The same, by what agents dial for them in the spelling of `canonicalEndpoint()`. */
  readonly dialled: ReadonlyMap<string, EnvoyServer>;
  readonly sessions: SessionBinding<F>;
  readonly fallbacks: Fallbacks<F>;
}

/** One MCP server as Envoy serves it. Where it is, is Envoy's to know. */
export interface EnvoyServer extends ReplyServer, AllowedAuthorities {
  /** The one path it is served at, as agents send it. Compared as text: another path could be another endpoint there. */
  readonly route: string;
  /** Request header fields, lower case, that pass beside those of the protocol. */
  readonly forwardHeaders: ReadonlySet<string>;
  /** What of its replies passes unjudged because the operator says so. */
  readonly waived: ReadonlySet<WaivableNeed>;
  /**
   * Which replies are judged: those that need it; all, which also tells the record what the tool said; or none, because its
   * listener has nobody who would.
   */
  readonly judgeReplies: 'when_needed' | 'always' | 'never';
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Which calls Envoy is told to try again and how; `undefined`: each is sent once. */
  readonly retries: RetrySettings | undefined;
}
