import type { ReasonCode } from '../call/reason.ts';
import type { Received } from '../call/received.ts';
import type { Facts, Identity } from './facts.ts';
import type { StoodIn } from './stand-in.ts';
import type { TokenUsage } from './token-usage.ts';
import type { Cleared, Refusal } from './verdict.ts';

/** What becomes of an allowed call, told once by whichever door learns it first. */
export interface Outcome {
  readonly decisionId: string;
  /**
   * `answered`: the upstream replied. `upstream-failed`: no usable reply. `cancelled`: the client went away.
   * `undelivered`: the allow itself never left. `replaced`: the reply could not be judged and an error went out instead.
   * `unknown`: the allow left through a door that does not learn what became of the call.
   */
  readonly kind: 'answered' | 'upstream-failed' | 'cancelled' | 'undelivered' | 'replaced' | 'unknown';
  /** Upstream HTTP status, when there was one. */
  readonly httpStatus?: number;
  /** How often the upstream was tried; absent: once. */
  readonly attempts?: number;
  /** How long the upstream asked not to be called (RFC 9110 §10.2.3), milliseconds. */
  readonly retryAfterMs?: number;
  /** Whether the tool said `isError`, or the reply was a JSON-RPC error; `undefined` when the reply was not judged. */
  readonly toolError?: boolean;
  /** JSON-RPC error code of the reply. */
  readonly rpcErrorCode?: number;
  /** What the reply says that the call cost, by the rule that asks for it; only what it says soundly. */
  readonly costs?: ReadonlyMap<string, number>;
  /** Tokens that it says were used, where the route leads to a model. */
  readonly tokens?: TokenUsage;
  readonly durationMs: number;
  readonly replyBytes: number;
  /** What went out instead, because a rule says so. */
  readonly standIn?: StoodIn;
  /** Why the reply that the upstream gave was not passed on. */
  readonly reason?: ReasonCode;
  /** The same in words, for the operator. */
  readonly operatorDetail?: string;
}

/** A request on a route that is no MCP server: it is passed on unjudged, and recorded before it is. */
export interface PassthroughRequest {
  readonly received: Received;
  /** Name of the route in the configuration. */
  readonly route: string;
  /** The request's path, without its query: that may hold anything. */
  readonly path: string;
  /** Who asks; absent on a route for anonymous callers. */
  readonly identity?: Identity;
  /** Whose API it is, where the route leads to a model. */
  readonly provider?: 'openai' | 'anthropic';
}

/** Where the core leaves what it decided. `audit/` fills it. */
export interface Recorder {
  /**
   * Makes the intent as durable as the tool asks (DESIGN §8) before it resolves.
   *
   * @throws whatever kept it from being written: the call is then refused with `record.unavailable`.
   */
  intent(facts: Facts): Promise<void>;
  /** Notes a refusal with what was known of the call. Never throws and never waits for the disk. */
  refusal(received: Received, refusal: Refusal, known: Partial<Facts>): void;
  /**
   * Records a request that will be passed on unjudged, before it is.
   *
   * @throws whatever kept it from being written: the request is then refused with `record.unavailable`.
   */
  passthrough(request: PassthroughRequest): Promise<void>;
  /** Notes what became of an allowed call. Never throws and never waits for the disk. */
  outcome(outcome: Outcome): void;
}

/** Permission. Not exported as a value: only `record()` makes one, and `isAllow()` knows a forgery. */
class Allow<F extends Facts = Facts> {
  readonly kind = 'allow';
  /** What was established; all of it. */
  readonly facts: F;
  readonly #recorded = true;

  constructor(facts: F) {
    this.facts = facts;
  }

  static isRecorded(value: object): value is Allow {
    return #recorded in value && value.#recorded;
  }
}
export type { Allow };

/**
 * Records the intent of a cleared call and turns it into permission: the only source of an `Allow`.
 *
 * @throws what the recorder threw; nothing is allowed then.
 */
export async function record<F extends Facts>(cleared: Cleared<F>, recorder: Recorder): Promise<Allow<F>> {
  await recorder.intent(cleared.facts);
  return new Allow(cleared.facts);
}

/** Whether `value` is permission made by `record()`. A look-alike is not. */
export function isAllow(value: object): value is Allow {
  return Allow.isRecorded(value);
}
