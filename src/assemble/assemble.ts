import { MESSAGE_LIMITS, parseJson } from '../call/parse-json.ts';
import { readCallAsync, type ServerTraits } from '../call/read-call.ts';
import type { Received } from '../call/received.ts';
import { TokenVerifier } from '../capability/token-verifier.ts';
import type { Revocations } from '../capability/revocations.ts';
import { scopesGranting } from '../capability/scope-grants.ts';
import type { TrustedIssuer } from '../capability/verified-token.ts';
import { type Catalogue, isUsable } from '../catalogue/catalogue.ts';
import { loadCatalogue } from '../catalogue/load-catalogue.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Stages } from '../decision/stages.ts';
import { deny, type Found, found } from '../decision/verdict.ts';
import { systemClock } from '../kit/clock.ts';
import type { Problem } from '../kit/problem.ts';
import { createReplyJudge } from '../outcome/reply-judge.ts';
import { compilePolicies } from '../policy/load-policies.ts';
import { setFilesOf } from '../policy/set-files.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { checkApproval } from '../stages/approval/check.ts';
import { authenticate, type ServerAccess } from '../stages/authenticate/check.ts';
import { trustIssuers } from '../stages/authenticate/trust-issuers.ts';
import { checkAvailability } from '../stages/availability/check.ts';
import { checkGrant } from '../stages/capability/check.ts';
import { consume } from '../stages/consume/check.ts';
import { obtainCredential } from '../stages/credential/check.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { createSessionBinder } from '../stages/handles/bind-session.ts';
import { createOpenHandles } from '../stages/handles/open-handles.ts';
import { limitCheck } from '../stages/limit/check.ts';
import { applyPolicy, callerOf } from '../stages/policy/check.ts';
import { checkTarget } from '../stages/tool/check.ts';
import { openKeySource } from '../stores/jwks/open-key-source.ts';
import { observeDecisions } from '../telemetry/observe-decisions.ts';
import type { ExtAuthzAssembly } from '../transports/ext-authz/ext-authz-assembly.ts';
import { limitToDoor } from '../transports/ext-authz/limit-to-door.ts';
import type { ProxyAssembly } from '../transports/proxy/proxy-assembly.ts';
import { extAuthzServerOf, passthroughRouteOf, proxyServerOf } from './served-server-of.ts';
import type { State } from './state.ts';

/** Everything that one configuration makes. Immutable: a reload makes another one and aborts this one's `superseded`. */
export interface Assembly {
  readonly loaded: LoadedConfig;
  /** Wall clock, milliseconds since the epoch. */
  readonly madeAtMs: number;
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  /** What the operator should look at, although the configuration can be used. */
  readonly warnings: readonly Problem[];
  readonly stages: Stages<SallyportFacts>;
  /** What the listener of that name serves. */
  proxyFor(listener: string): ProxyAssembly<SallyportFacts>;
  /** What Envoy may ask about on the listener of that name. */
  extAuthzFor(listener: string): ExtAuthzAssembly<SallyportFacts>;
  /** Another assembly has taken over. */
  supersede(): void;
}

/**
 * Builds all of a configuration, or nothing.
 *
 * @throws ProblemsError for what is wrong in files, and whatever keeps a key source or deny list from being opened.
 */
export async function assemble(loaded: LoadedConfig, state: State): Promise<Assembly> {
  const { config } = loaded;
  const { catalogue, warnings } = await loadCatalogue(config.servers, {
    source: loaded.source,
    readFile: (path) => loaded.readFile(path),
  });
  const policies = compilePolicies(loaded.policies, catalogue);
  // Read once more so that a change of a set is a change of the configuration.
  for (const file of setFilesOf(loaded.policies)) await loaded.readFile(file);
  const credentials = await openCredentials(loaded, state);
  const stages = stagesOf({ catalogue, policies, credentials, state, loaded });
  const observed = observeDecisions(
    { stages, recorder: state.recorder },
    { metrics: state.metrics, log: state.log, clock: systemClock },
  );
  const superseded = new AbortController();
  const servers = await Promise.all(
    [...catalogue.servers.values()].map(async (server) => ({
      listener: server.config.listener,
      server: await proxyServerOf(server, loaded),
    })),
  );

  const proxyFor = (listener: string): ProxyAssembly<SallyportFacts> => ({
    ...observed,
    deadlineMs: config.decision.deadline_ms,
    servers: servers.filter((one) => one.listener === listener).map(({ server }) => server),
    passthrough: Object.entries(config.passthrough)
      .filter(([, route]) => route.listener === listener)
      .map(([name, route]) => passthroughRouteOf(name, route)),
    createJudge: (facts) => createReplyJudge(facts, judgeDeps(state)),
    sessions: createSessionBinder(state.sealer, state.sessions),
    identify: (received, { resource }) => identify(received, resource, credentials),
    superseded: superseded.signal,
  });
  const extAuthzFor = (listener: string): ExtAuthzAssembly<SallyportFacts> => {
    const served = [...catalogue.servers.values()].filter((server) => server.config.listener === listener);
    return {
      stages: limitToDoor(observed.stages, (name) => new Set(catalogue.servers.get(name)?.config.waive)),
      recorder: observed.recorder,
      deadlineMs: config.decision.deadline_ms,
      servers: new Map(served.map((server) => [server.name, extAuthzServerOf(server, loaded)])),
      superseded: superseded.signal,
    };
  };
  const asked = new Map(Object.keys(config.listeners).map((listener) => [listener, extAuthzFor(listener)]));
  const proxies = new Map(Object.keys(config.listeners).map((listener) => [listener, proxyFor(listener)]));
  return {
    loaded,
    madeAtMs: systemClock.nowMs(),
    catalogue,
    policies,
    warnings: [...warnings, ...policies.warnings],
    stages: observed.stages,
    // A listener that a reload added is not open yet; one it removed serves nothing any more.
    proxyFor: (listener) => proxies.get(listener) ?? { ...proxyFor(listener), servers: [], passthrough: [] },
    extAuthzFor: (listener) => asked.get(listener) ?? { ...extAuthzFor(listener), servers: new Map() },
    supersede: () => superseded.abort(),
  };
}

interface Credentials {
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations | undefined;
}

async function openCredentials({ config, pathOf }: LoadedConfig, state: State): Promise<Credentials> {
  const { authenticate: settings } = config;
  const issuers = await trustIssuers(settings, (jwks, algorithms) =>
    openKeySource(
      {
        ...(jwks.file === undefined ? {} : { file: pathOf(jwks.file) }),
        ...(jwks.url === undefined ? {} : { url: jwks.url }),
        allowHttp: jwks.allow_http,
        maxAgeMs: jwks.max_age_s * 1000,
        lastGoodMs: jwks.last_good_s * 1000,
        timeoutMs: jwks.timeout_ms,
      },
      {
        parseJson,
        algorithms,
        clock: systemClock,
        observer: {
          changed: (epoch, notes) => state.log.info('the keys of an issuer changed', { epoch, notes }),
          failed: (cause) => state.log.warn('the keys of an issuer cannot be had', { cause: errorOf(cause) }),
        },
      },
    ),
  );
  const revocations =
    settings.revocations === undefined ? undefined : await state.revocationsAt(pathOf(settings.revocations.file));
  const trust = { issuers, parseJson, ...(revocations === undefined ? {} : { revocations }) };
  const { max_tokens: maxTokens, max_bytes: maxBytes } = settings.cache;
  return { issuers, verifier: new TokenVerifier(trust, { maxTokens, maxBytes }), revocations };
}

interface Parts {
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  readonly credentials: Credentials;
  readonly state: State;
  readonly loaded: LoadedConfig;
}

/** The checks of one configuration, in the order of `decide()`. */
function stagesOf({ catalogue, policies, credentials, state }: Parts): Stages<SallyportFacts> {
  const accessOf = (server: string): ServerAccess | undefined => catalogue.servers.get(server)?.config;
  const traits = new Map([...catalogue.servers.keys()].map((name) => [name, traitsOf(catalogue, name)]));
  const openHandles = createOpenHandles({ sealer: state.sealer, registry: state.sessions });
  const { issuers, verifier, revocations } = credentials;
  const identification = {
    accessOf,
    verifier,
    clock: systemClock,
    ...(revocations === undefined ? {} : { revocations }),
  };
  return {
    admit: (received, held) => state.admit(received, held),
    read: async (received) => {
      const server = traits.get(received.server);
      if (server === undefined) return deny('read', 'http.route');
      const read = await readCallAsync(received, server, state.parser);
      if (read.kind === 'call') return found(read.call);
      const { reason, detail, id, era } = read;
      return { ...deny('read', reason, {}, detail), misread: id === undefined ? { era } : { era, id } };
    },
    authenticate: (call) => authenticate(call, identification),
    openHandles,
    checkGrant: (call, identity) =>
      checkGrant(call, identity, {
        capabilityOf: (server) => accessOf(server)?.capability,
        scopesFor: ({ issuer = '' }, covers) =>
          scopesGranting(issuers.get(issuer)?.scopeGrants ?? new Map(), accessOf(call.server)?.resource ?? '', covers),
      }),
    checkTarget: (call, grant) =>
      checkTarget(call, grant, { catalogue: () => catalogue, quarantine: state.quarantine }),
    applyPolicy: (call, identity, _grant, target) =>
      applyPolicy(call, identity, target, { policies: () => policies, catalogue: () => catalogue }),
    requireApproval: checkApproval,
    checkAvailability,
    takeLimits: limitCheck(state.buckets),
    obtainCredential,
    consume,
  };
}

/** What the reader must know of a server before it can read a call to it. */
function traitsOf(catalogue: Catalogue, name: string): ServerTraits {
  const server = catalogue.servers.get(name);
  return {
    allowMethods: new Set(server?.config.allowMethods),
    eras: server?.config.era ?? 'both',
    limits: { ...MESSAGE_LIMITS, maxBytes: server?.config.maxBodyBytes ?? MESSAGE_LIMITS.maxBytes },
    headerParams: (tool) => {
      const pinned = server?.tools.get(tool);
      return pinned !== undefined && isUsable(pinned) ? pinned.headerParams : undefined;
    },
  };
}

async function identify(
  { headers, peer }: Received,
  resource: string | undefined,
  { verifier, revocations }: Credentials,
): Promise<Found<SallyportFacts['identity']>> {
  const access: ServerAccess = { identity: 'token', capability: 'none', resource };
  return await authenticate(
    { server: '', headers, peer },
    { accessOf: () => access, verifier, clock: systemClock, ...(revocations === undefined ? {} : { revocations }) },
  );
}

/** Replies are judged by the rules of now, whatever they were when the call was allowed. */
function judgeDeps(state: State): Parameters<typeof createReplyJudge<SallyportFacts>>[1] {
  return {
    rules: (name) => {
      const { catalogue, policies } = state.rules();
      const server = catalogue.servers.get(name);
      return server === undefined ? undefined : { server, policies };
    },
    callerOf: ({ call, identity }) => callerOf(call, identity),
    observer: state.observer,
    definitions: state.definitions,
    sealer: state.sealer,
    tasks: state.tasks,
    onFault: (decisionId, cause) =>
      state.log.error('a reply could not be judged', {
        decision_id: decisionId,
        cause: errorOf(cause),
      }),
  };
}

function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
