import type { WaivableNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Stages } from '../../decision/stages.ts';
import type { RefusingServer } from '../refusal/write-refusal.ts';
import type { AllowedAuthorities } from '../request/authority.ts';

/** Everything the door needs that a reload may change. It asks for the current one at each question. */
export interface ExtAuthzAssembly<F extends Facts = Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
  /** Longest time until there is a verdict, milliseconds. */
  readonly deadlineMs: number;
  /** The servers of this listener, by name. */
  readonly servers: ReadonlyMap<string, ExtAuthzServer>;
  /** Aborts when another assembly has become the current one. */
  readonly superseded: AbortSignal;
}

/** One MCP server as this door serves it. Where it is, is Envoy's to know. */
export interface ExtAuthzServer extends AllowedAuthorities, RefusingServer {
  /** Name in the catalogue. */
  readonly name: string;
  /** The one path it is served at, as agents send it. Compared as text: another path could be another endpoint there. */
  readonly route: string;
  /** Request header fields, lower case, that pass beside those of the protocol. */
  readonly forwardHeaders: ReadonlySet<string>;
  /** What of its replies passes unjudged because the operator says so. */
  readonly waived: ReadonlySet<WaivableNeed>;
}
