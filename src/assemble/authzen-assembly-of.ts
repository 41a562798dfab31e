import { MESSAGE_LIMITS } from '../call/parse-json.ts';
import { readCallAsync, type ServerTraits } from '../call/read-call.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { LoadedConfig } from '../config/load.ts';
import { deny, found } from '../decision/verdict.ts';
import { systemClock } from '../kit/clock.ts';
import type { ArgumentClasses } from '../policy/argument-classes.ts';
import { authenticate } from '../stages/authenticate/check.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import type { AuthzenAssembly } from '../transports/authzen/authzen-assembly.ts';
import type { Credentials } from './open-credentials.ts';
import { askedServerOf } from './served-server-of.ts';
import type { State } from './state.ts';

/** Reads what is asked about in the legacy form, which repeats nothing in headers: no check that is asked looks at the form. */
const TRAITS: ServerTraits = {
  allowMethods: new Set(),
  eras: 'legacy',
  limits: MESSAGE_LIMITS,
  headerParams: () => undefined,
};

type Parts = {
  readonly loaded: LoadedConfig;
  readonly catalogue: Catalogue;
  readonly classes: ArgumentClasses;
  readonly credentials: Credentials;
  readonly state: State;
};

/** What callers may ask about themselves: calls of every catalogued server. */
export function authzenAssemblyOf(
  { stages, deadlineMs, reserve }: Pick<AuthzenAssembly<SallyportFacts>, 'stages' | 'deadlineMs' | 'reserve'>,
  { loaded, catalogue, classes, credentials: { verifier, revocations, tenantOf, sourceOf }, state }: Parts,
): AuthzenAssembly<SallyportFacts> {
  const identification = {
    accessOf: (server: string) => catalogue.servers.get(server)?.config,
    verifier,
    tenantOf,
    sourceOf,
    clock: systemClock,
    ...(revocations === undefined ? {} : { revocations }),
  };
  const servers = [...catalogue.servers.values()].map(
    (server) => [server.name, askedServerOf(server, loaded)] as const,
  );
  // Whoever asks was identified before; questions are one sender, since no call waits for them.
  const questions = state.parser.for('authzen');
  return {
    stages,
    deadlineMs,
    reserve,
    servers: new Map(servers),
    authenticate: (asked) => authenticate(asked, identification),
    async read(received) {
      const traits: ServerTraits = { ...TRAITS, classesOf: (target) => classes(received.server, target) };
      const read = await readCallAsync(received, traits, questions);
      return read.kind === 'call' ? found(read.call) : deny('read', read.reason, {}, read.detail);
    },
  };
}
