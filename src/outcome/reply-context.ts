import type { Call } from '../call/call.ts';
import type { Capability } from '../capability/capability.ts';
import type { CatalogueServer } from '../catalogue/catalogue.ts';
import type { ListObserver } from '../catalogue/observe-list.ts';
import type { DefinitionReader } from '../catalogue/read-definition.ts';
import type { Grant, Handles, Identity, Ruling } from '../decision/facts.ts';
import type { Metering } from '../policy/count-spec.ts';
import type { CallerInput, PolicySet } from '../policy/policy-set.ts';
import type { Sealer } from '../sealing/seal.ts';
import type { TaskNames } from './task-names.ts';

/** What must be known of an allowed call to judge its reply. */
export interface ReplyFacts {
  readonly call: Call;
  readonly identity: Identity;
  readonly handles: Handles;
  /** `capability` is absent for `capability: none`: rules alone decide then. */
  readonly grant: Grant & { readonly capability?: Capability };
  /** What its reply may be asked for the cost of the call by. */
  readonly ruling?: Ruling & { readonly metering?: Pick<Metering, 'prices'> };
}

/** The rules of now: a stream that lives for an hour follows every reload. */
export interface ReplyRules {
  readonly server: CatalogueServer;
  readonly policies: PolicySet;
}

export interface ReplyJudgeDeps<F extends ReplyFacts = ReplyFacts> {
  /** The rules for the server of the call, now; `undefined` when a reload removed it: nothing passes then. */
  readonly rules: (server: string) => ReplyRules | undefined;
  /** What the rules know about the caller: the same function that the policy check uses. */
  readonly callerOf: (facts: F) => Omit<CallerInput, 'nowMs'>;
  readonly observer: ListObserver;
  readonly definitions: DefinitionReader;
  readonly sealer: Sealer;
  readonly tasks: TaskNames;
  /** Gets what made a judgement impossible, with the decision it belongs to. Must not throw. */
  readonly onFault: (decisionId: string, cause: unknown) => void;
}

/** One reply's judgement at work: the facts of its call and the rules of now. */
export interface ReplyContext extends ReplyRules {
  readonly facts: ReplyFacts;
  readonly caller: Omit<CallerInput, 'nowMs'>;
  readonly observer: ListObserver;
  readonly definitions: DefinitionReader;
  readonly sealer: Sealer;
  readonly tasks: TaskNames;
}
