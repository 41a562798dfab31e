import { parseJson } from '../call/parse-json.ts';
import type { Received } from '../call/received.ts';
import type { Revocations } from '../capability/revocations.ts';
import { TokenVerifier } from '../capability/token-verifier.ts';
import type { TrustedIssuer } from '../capability/verified-token.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { Found } from '../decision/verdict.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { authenticate, type ServerAccess } from '../stages/authenticate/check.ts';
import { trustIssuers } from '../stages/authenticate/trust-issuers.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { openKeySource } from '../stores/jwks/open-key-source.ts';
import type { State } from './state.ts';

/** What is needed to know a caller by its token. */
export interface Credentials {
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations | undefined;
}

/** Opens the keys of every issuer and the deny list. @throws what keeps one of them from being opened. */
export async function openCredentials({ config, pathOf }: LoadedConfig, state: State): Promise<Credentials> {
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

/** Who asks on a route that is no tool server: by a token for `resource`, whatever it grants. */
export async function identify(
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
