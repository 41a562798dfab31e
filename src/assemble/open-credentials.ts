import { parseJson } from '../call/parse-json.ts';
import type { Received } from '../call/received.ts';
import type { Revocations } from '../capability/revocations.ts';
import { TokenVerifier } from '../capability/token-verifier.ts';
import type { TrustedIssuer } from '../capability/verified-token.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Found } from '../decision/verdict.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import type { TokenGuard } from '../capability/token-guard.ts';
import type { Config } from '../config/schema.ts';
import { authenticate, type AuthenticateOptions, type ServerAccess } from '../stages/authenticate/check.ts';
import { tenantReader } from '../stages/authenticate/tenant-of.ts';
import { type OpenKeys, trustIssuers } from '../stages/authenticate/trust-issuers.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import type { KeySourceObserver } from '../stores/jwks/jwks-key-source.ts';
import { openKeySource } from '../stores/jwks/open-key-source.ts';
import type { State } from './state.ts';

/** What is needed to know a caller by its token. */
export interface Credentials {
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations | undefined;
  readonly tenantOf: ReturnType<typeof tenantReader>;
  /** Where a call came from, as far as that tells who sent it. */
  readonly sourceOf: NonNullable<AuthenticateOptions['sourceOf']>;
}

/** Opens the keys of every issuer and the deny list. @throws what keeps one of them from being opened. */
export async function openCredentials(loaded: LoadedConfig, state: State): Promise<Credentials> {
  const { authenticate: settings } = loaded.config;
  const issuers = await trustIssuers(settings, openKeysFor(loaded, state));
  const revocations =
    settings.revocations === undefined
      ? undefined
      : await state.revocationsAt(loaded.pathOf(settings.revocations.file));
  const trust = { issuers, parseJson, ...(revocations === undefined ? {} : { revocations }) };
  const { max_tokens: maxTokens, max_bytes: maxBytes } = settings.cache;
  const verifier = new TokenVerifier(trust, { maxTokens, maxBytes }, await openGuard(loaded));
  return { issuers, verifier, revocations, tenantOf: tenantReader(settings), sourceOf: sourceReader(loaded.config) };
}

/** Counts bad tokens, where any are asked for. Begins anew with each configuration. */
async function openGuard({ config: { authenticate: settings } }: LoadedConfig): Promise<TokenGuard | undefined> {
  if (settings.issuers.length === 0) return undefined;
  const {
    per_token: mostPerToken,
    per_address: mostPerAddress,
    window_s: windowS,
    pause_s: pauseS,
  } = settings.failures;
  // Loaded here, at start: who asks for no token does not wait for it.
  const { FailedTokens } = await import('../stores/failures/failed-tokens.ts');
  return new FailedTokens({ mostPerToken, mostPerAddress, windowS, pauseS });
}

/** The peer of the proxy is whoever sent the call. That of other doors is whom a proxy in front names, which many may share. */
function sourceReader({ authenticate: settings, servers, passthrough, listeners }: Config): Credentials['sourceOf'] {
  const { by_address: byAddress } = settings.failures;
  const counted = new Set<string>();
  for (const [name, { listener }] of [...Object.entries(servers), ...Object.entries(passthrough)]) {
    const isProxy = listeners[listener]?.door === 'proxy';
    if (byAddress === 'always' || (byAddress === 'proxy' && isProxy)) counted.add(name);
  }
  return ({ server, peer }) => (counted.has(server) ? peer.address : undefined);
}

/** Opens the source of keys that an issuer names. */
function openKeysFor(loaded: LoadedConfig, { log, dependencies }: State): OpenKeys {
  const observer: KeySourceObserver = {
    changed: (epoch, notes) => log.info('the keys of an issuer changed', { epoch, notes }),
    failed: (cause) => log.warn('the keys of an issuer cannot be had', { cause: errorOf(cause) }),
  };
  return async (jwks, algorithms) => {
    const { file, url } = jwks;
    // A change of the keys is a change of the configuration: streams whose token has lost its key end with it.
    if (file !== undefined) await loaded.readFile(file);
    return await openKeySource(
      {
        ...(file === undefined ? {} : { file: loaded.pathOf(file) }),
        ...(url === undefined ? {} : { url }),
        allowHttp: jwks.allow_http,
        maxAgeMs: jwks.max_age_s * 1000,
        lastGoodMs: jwks.last_good_s * 1000,
        timeoutMs: jwks.timeout_ms,
      },
      {
        parseJson,
        algorithms,
        clock: systemClock,
        observer,
        ...(url === undefined ? {} : { dependencies: await dependencies.guard() }),
      },
    );
  };
}

/** Who asks on a route that is no tool server: by a token for `resource`, whatever it grants. */
export async function identify(
  { server, headers, peer }: Received,
  resource: string | undefined,
  { verifier, revocations, sourceOf }: Credentials,
): Promise<Found<SallyportFacts['identity']>> {
  const access: ServerAccess = { identity: 'token', capability: 'none', resource };
  return await authenticate(
    { server, headers, peer },
    {
      accessOf: () => access,
      verifier,
      clock: systemClock,
      sourceOf,
      ...(revocations === undefined ? {} : { revocations }),
    },
  );
}
