import { type Catalogue, isUsable } from '../catalogue/catalogue.ts';
import { loadCatalogue } from '../catalogue/load-catalogue.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Stages } from '../decision/stages.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { createFallbacks } from '../outcome/fallbacks/create-fallbacks.ts';
import { createReplyJudge, type ReplyJudge } from '../outcome/reply-judge.ts';
import { argumentClassesOf } from '../policy/argument-classes.ts';
import { compilePolicies } from '../policy/load-policies.ts';
import type { CompiledPolicies } from '../policy/compiled-policies.ts';
import { setFilesOf } from '../policy/set-files.ts';
import { furtherAttempts } from '../stages/availability/further-attempts.ts';
import { otherServers, withOtherServers } from '../stages/availability/other-servers.ts';
import { settleBreakers } from '../stages/availability/settle-breakers.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { hearOutcomes } from '../stages/limit/hear-outcomes.ts';
import { createSessionBinder } from '../stages/handles/bind-session.ts';
import { countAttempts } from '../stages/limit/count-attempts.ts';
import { settleReservations } from '../stages/limit/settle-reservations.ts';
import { callerOf, policyInputOf } from '../stages/policy/check.ts';
import { stopGate } from '../stages/stop/check.ts';
import { observeDecisions } from '../telemetry/observe-decisions.ts';
import { traceDecisions } from '../telemetry/tracing/trace-decisions.ts';
import type { AuthzenAssembly } from '../transports/authzen/authzen-assembly.ts';
import type { EnvoyAssembly } from '../transports/envoy/envoy-assembly.ts';
import type { GrpcTls } from '../transports/grpc/grpc-server.ts';
import type { ForwardAuthAssembly } from '../transports/forward-auth/forward-auth-assembly.ts';
import type { ProxyAssembly } from '../transports/proxy/proxy-assembly.ts';
import { authzenAssemblyOf } from './authzen-assembly-of.ts';
import { envoyAssemblyOf } from './envoy-assembly-of.ts';
import { forwardAuthAssemblyOf } from './forward-auth-assembly-of.ts';
import { envoyTlsOf, proxyTlsOf } from './listener-tls.ts';
import { identify, openCredentials } from './open-credentials.ts';
import { passthroughRouteOf, proxyServerOf } from './served-server-of.ts';
import { stagesOf } from './stages-of.ts';
import { usageTaker } from './usage-taker.ts';
import { vaultProblems } from './vault/vault-problems.ts';
import type { State } from './state.ts';

/** Everything that one configuration makes. Immutable: a reload makes another one and aborts this one's `superseded`. */
export interface Assembly {
  readonly loaded: LoadedConfig;
  /** Wall clock, milliseconds since the epoch. */
  readonly madeAtMs: number;
  readonly catalogue: Catalogue;
  readonly policies: CompiledPolicies;
  /** Plain HTTP routes by name. */
  readonly routes: LoadedConfig['config']['passthrough'];
  /** What the operator should look at, although the configuration can be used. */
  readonly warnings: readonly Problem[];
  readonly stages: Stages<SallyportFacts>;
  /** What the listener of that name serves. */
  proxyFor(listener: string): ProxyAssembly<SallyportFacts>;
  /** What Envoy may ask about on the listener of that name. */
  envoyFor(listener: string): EnvoyAssembly<SallyportFacts>;
  /** The certificates of the listener of that name, where Envoy asks it over TCP. */
  tlsFor(listener: string): GrpcTls | undefined;
  /** What another proxy may ask about on the listener of that name. */
  forwardAuthFor(listener: string): ForwardAuthAssembly<SallyportFacts>;
  /** What callers may ask about themselves. */
  readonly authzen: AuthzenAssembly<SallyportFacts>;
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
  const unkept = vaultProblems(loaded, catalogue);
  if (unkept.length > 0) throw new ProblemsError(unkept);
  const policies = compilePolicies(loaded.policies, catalogue, loaded.setTexts);
  // Read once more so that a change of a set is a change of the configuration. The sets of a bundle are in it.
  const sets = loaded.bundle === undefined ? setFilesOf(loaded.policies) : [];
  for (const file of sets) await loaded.readFile(file);
  const [certificates, doorTls] = [await proxyTlsOf(loaded), await envoyTlsOf(loaded)];
  const credentials = await openCredentials(loaded, state);
  const classes = argumentClassesOf(catalogue, policies.classes);
  const stages = stagesOf({ catalogue, policies, classes, credentials, state });
  const traces = state.tracing?.book;
  const counted = observeDecisions(
    { stages, recorder: state.recorder },
    {
      metrics: state.metrics,
      log: state.log.named('calls'),
      clock: systemClock,
      ...(traces === undefined ? {} : { traceOf: (id) => traces.idsOf(id) }),
    },
  );
  const observed = traces === undefined ? counted : traceDecisions(counted, traces);
  const superseded = new AbortController();
  const servers = await Promise.all(
    [...catalogue.servers.values()].map(async (server) => ({
      listener: server.config.listener,
      server: await proxyServerOf(server, loaded),
    })),
  );

  const shared = {
    ...observed,
    recorder: hearOutcomes(
      settleReservations(settleBreakers(observed.recorder, state.breakers), state.reservations),
      state.factors,
    ),
    deadlineMs: config.decision.deadline_ms,
    createJudge: createJudgeOf(state),
    sessions: createSessionBinder(state.sealer, state.sessions, systemClock),
    superseded: superseded.signal,
    stops: stopGate(state.orders, () => systemClock.nowMs()),
    ...(traces === undefined ? {} : { traces }),
  };
  const arriving: Pick<ProxyAssembly<SallyportFacts>, 'reserve' | 'identify'> = {
    reserve: (received) => state.admit.reserve(received),
    identify: (received, { resource }) => identify(received, resource, credentials),
  };
  // Only for doors that carry replies: to one that is asked, an answer in place of a refusal would look like permission.
  const fallbacks = createFallbacks<SallyportFacts>({
    cache: state.results,
    clock: systemClock,
    onError: (cause) => state.log.error('a fallback could not be had', { cause: errorOf(cause) }),
  });
  const others = otherServers({
    breakers: state.breakers,
    bulkheads: state.bulkheads,
    stops: shared.stops,
    fallbacks,
    twinAt: ({ call, identity, target }, name) => {
      const other = catalogue.servers.get(name);
      // Who is nobody is not let in by a side door where a token is asked for.
      if (other?.config.identity === 'token' && identity.kind !== 'token') return undefined;
      const tool = other?.tools.get(target.name ?? '');
      if (tool === undefined || !isUsable(tool) || state.quarantine.has(name, tool)) return undefined;
      const ruled = policies.decide({ ...policyInputOf(call, identity, target), server: name });
      return ruled.kind === 'allowed' ? tool : undefined;
    },
  });
  // Most configurations have no such rule: their calls need not pass through this.
  const namesOthers = policies.rules.some(({ fallback }) => fallback?.source.kind === 'server');
  const forwarding = namesOthers ? withOtherServers(observed.stages, others, state.breakers) : observed.stages;
  const proxyFor = (listener: string): ProxyAssembly<SallyportFacts> => ({
    ...shared,
    ...arriving,
    stages: forwarding,
    others,
    serverNamed: (name) => servers.find(({ server }) => server.name === name)?.server,
    furtherAttempts: countAttempts(furtherAttempts(state.breakers, state.factors), state.reservations),
    takeUsage: usageTaker(state),
    fallbacks,
    tls: certificates.get(listener),
    servers: servers.filter((one) => one.listener === listener).map(({ server }) => server),
    passthrough: Object.entries(config.passthrough)
      .filter(([, route]) => route.listener === listener)
      .map(([name, route]) => passthroughRouteOf(name, route)),
    catalogued: servers.map(({ server }) => server),
    hasServer: (name) => catalogue.servers.get(name)?.config.listener === listener,
  });
  const envoyFor = (listener: string): EnvoyAssembly<SallyportFacts> =>
    envoyAssemblyOf(listener, { ...shared, fallbacks }, { loaded, catalogue, state });
  const forwardAuthFor = (listener: string): ForwardAuthAssembly<SallyportFacts> =>
    forwardAuthAssemblyOf(listener, { ...shared, ...arriving }, { loaded, catalogue });
  const questioned = new Map(Object.keys(config.listeners).map((listener) => [listener, forwardAuthFor(listener)]));
  const asked = new Map(Object.keys(config.listeners).map((listener) => [listener, envoyFor(listener)]));
  const proxies = new Map(Object.keys(config.listeners).map((listener) => [listener, proxyFor(listener)]));
  return {
    loaded,
    madeAtMs: systemClock.nowMs(),
    catalogue,
    policies,
    routes: config.passthrough,
    warnings: [...warnings, ...policies.warnings],
    stages: observed.stages,
    // A listener that a reload added is not open yet; one it removed serves nothing any more.
    proxyFor: (listener) => proxies.get(listener) ?? { ...proxyFor(listener), servers: [], passthrough: [] },
    envoyFor: (listener) =>
      asked.get(listener) ?? { ...envoyFor(listener), servers: new Map(), dialled: new Map(), hasServer: () => false },
    tlsFor: (listener) => doorTls.get(listener),
    forwardAuthFor: (listener) => questioned.get(listener) ?? { ...forwardAuthFor(listener), servers: new Map() },
    authzen: authzenAssemblyOf({ ...shared, ...arriving }, { loaded, catalogue, classes, credentials, state }),
    supersede: () => superseded.abort(),
  };
}

/** A judge of each reply, and what listens to it where replies are kept. */
function createJudgeOf(state: State): ProxyAssembly<SallyportFacts>['createJudge'] {
  const { payloads } = state;
  const create = (facts: SallyportFacts): ReplyJudge => createReplyJudge(facts, judgeDeps(state));
  return payloads === undefined ? create : (facts) => payloads.listening(create(facts), facts);
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
