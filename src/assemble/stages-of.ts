import { MESSAGE_LIMITS } from '../call/parse-json.ts';
import type { ServerTraits } from '../call/read-call.ts';
import { scopesGranting } from '../capability/scope-grants.ts';
import { type Catalogue, isUsable } from '../catalogue/catalogue.ts';
import type { Stages } from '../decision/stages.ts';
import { stopSubjectOf } from '../decision/stop-gate.ts';
import { deny, found } from '../decision/verdict.ts';
import { systemClock } from '../kit/clock.ts';
import type { ArgumentClasses } from '../policy/argument-classes.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { checkApproval } from '../stages/approval/check.ts';
import { authenticate, type ServerAccess } from '../stages/authenticate/check.ts';
import { availabilityCheck } from '../stages/availability/check.ts';
import { checkGrant } from '../stages/capability/check.ts';
import { consume } from '../stages/consume/check.ts';
import { obtainCredential } from '../stages/credential/check.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { createOpenHandles } from '../stages/handles/check.ts';
import { asOrdered } from '../stages/limit/as-ordered.ts';
import { limitCheck } from '../stages/limit/check.ts';
import { tellQuotas } from '../stages/limit/tell-quotas.ts';
import { stopGate, unlessUnknown } from '../stages/stop/check.ts';
import { applyPolicy } from '../stages/policy/check.ts';
import { checkTarget } from '../stages/tool/check.ts';
import type { Credentials } from './open-credentials.ts';
import { maskRefusals } from './mask-refusals.ts';
import { readOfKnown } from './read-of-known.ts';
import type { State } from './state.ts';

/** What the checks of one configuration are made of. */
export interface StageParts {
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  readonly classes: ArgumentClasses;
  readonly credentials: Credentials;
  readonly state: State;
}

/** Allowance for a word of a call on its way, milliseconds. */
const ON_ITS_WAY_MS = 1000;

/** The checks of one configuration, in the order of `decide()`. */
export function stagesOf({ catalogue, policies, classes, credentials, state }: StageParts): Stages<SallyportFacts> {
  const accessOf = (server: string): ServerAccess | undefined => catalogue.servers.get(server)?.config;
  const traits = new Map([...catalogue.servers.keys()].map((name) => [name, traitsOf(catalogue, name, classes)]));
  const openHandles = createOpenHandles({ sealer: state.sealer, registry: state.sessions });
  const { issuers, verifier, revocations, tenantOf, sourceOf } = credentials;
  const gate = stopGate(state.orders, () => systemClock.nowMs());
  const identification = {
    accessOf,
    verifier,
    tenantOf,
    sourceOf,
    clock: systemClock,
    ...(revocations === undefined ? {} : { revocations }),
  };
  return {
    admit: (received, held) => state.admit(received, held),
    read: async (received) => {
      const server = traits.get(received.server);
      if (server === undefined) return deny('read', 'http.route');
      const identify = () => authenticate(received, identification);
      const read = await readOfKnown(received, { traits: server, parser: state.parser, identify });
      if (read.kind === 'call') return found(read.call);
      if (read.kind !== 'refused') return read;
      const { reason, detail, id, era } = read;
      return { ...deny('read', reason, {}, detail), misread: id === undefined ? { era } : { era, id } };
    },
    async authenticate(call) {
      const caller = await authenticate(call, identification);
      return caller.kind === 'found' ? (gate.refuse(stopSubjectOf(call, caller.value)) ?? caller) : caller;
    },
    openHandles,
    checkGrant: (call, identity) =>
      maskRefusals(call, () =>
        checkGrant(call, identity, {
          capabilityOf: (server) => accessOf(server)?.capability,
          scopesFor: ({ issuer = '' }, covers) =>
            scopesGranting(
              issuers.get(issuer)?.scopeGrants ?? new Map(),
              accessOf(call.server)?.resource ?? '',
              covers,
            ),
        }),
      ),
    checkTarget: (call, grant) =>
      unlessUnknown(
        maskRefusals(call, () =>
          checkTarget(call, grant, { catalogue: () => catalogue, quarantine: state.quarantine }),
        ),
        state.orders,
      ),
    applyPolicy: (call, identity, _grant, target) =>
      asOrdered(
        maskRefusals(call, () =>
          applyPolicy(call, identity, target, { policies: () => policies, catalogue: () => catalogue }),
        ),
        state.orders.limits,
      ),
    requireApproval: checkApproval,
    checkAvailability: availabilityCheck(state),
    takeLimits: tellQuotas(
      limitCheck(state.limits, {
        store: state.counts,
        reservations: state.reservations,
        known: state.budgets,
        isShared: state.isShared,
        heldMsOf: (server) => (catalogue.servers.get(server)?.config.replyTimeoutMs ?? 0) + ON_ITS_WAY_MS,
      }),
      (server) => catalogue.servers.get(server)?.config.rateLimitHeaders === true,
    ),
    obtainCredential,
    consume,
  };
}

/** What the reader must know of a server before it can read a call to it. */
function traitsOf(catalogue: Catalogue, name: string, classes: ArgumentClasses): ServerTraits {
  const server = catalogue.servers.get(name);
  return {
    allowMethods: new Set(server?.config.allowMethods),
    eras: server?.config.era ?? 'both',
    limits: { ...MESSAGE_LIMITS, maxBytes: server?.config.maxBodyBytes ?? MESSAGE_LIMITS.maxBytes },
    classesOf: (target) => classes(name, target),
    headerParams: (tool) => {
      const pinned = server?.tools.get(tool);
      return pinned !== undefined && isUsable(pinned) ? pinned.headerParams : undefined;
    },
  };
}
