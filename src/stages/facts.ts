import type { Capability, ToolGrant } from '../capability/capability.ts';
import type { PinnedTool } from '../catalogue/catalogue.ts';
import type { Priority } from '../call/priority.ts';
import type { Facts, Grant, Identity, PinnedTarget, Ruling } from '../decision/facts.ts';
import type { JsonObject } from '../kit/json.ts';
import type { Metering } from '../policy/count-spec.ts';
import type { FallbackSpec } from '../policy/fallback-spec.ts';
import type { LimitSpec } from '../policy/limit-spec.ts';

/** What the checks of this product hand to each other: the core's facts with the rooms' own types. */
export interface SallyportFacts extends Facts {
  readonly identity: AuthenticatedIdentity;
  readonly grant: CoveringGrant;
  readonly target: CheckedTarget;
  readonly ruling: LimitedRuling;
}

export interface AuthenticatedIdentity extends Identity {
  /** The verified token's claims; `undefined` for an anonymous caller. */
  readonly claims: JsonObject | undefined;
  /** What the token grants on this server; `undefined` for an anonymous caller. */
  readonly capability: Capability | undefined;
}

export interface CoveringGrant extends Grant {
  /** What the token grants of the called tool; absent for other calls and for `capability: none`. */
  readonly tool?: ToolGrant;
  /** The whole grant, for filtering lists; absent for `capability: none`. */
  readonly capability?: Capability;
}

export interface CheckedTarget extends PinnedTarget {
  /** The pinned tool; absent when the call is not a tool call. */
  readonly tool?: PinnedTool;
}

export interface LimitedRuling extends Ruling {
  /** The limits that matching rules ask for, to be taken together. */
  readonly limitSpecs: readonly LimitSpec[];
  /** What may stand in for its answer, in file order. Absent: nothing. */
  readonly fallbacks?: readonly FallbackSpec[];
  /** What else matching rules count of the call; absent when nothing. */
  readonly metering?: Metering;
  /** The class that a matching rule gives the call; absent when none does. */
  readonly priority?: Priority;
}
