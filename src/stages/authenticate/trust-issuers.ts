import type { KeySource } from '../../capability/key-source.ts';
import type { TrustedIssuer } from '../../capability/verified-token.ts';
import { type AuthenticateConfig, type JwksConfig, scopeGrantsOf } from './config.ts';

/**
 * The configured issuers, each with its source of keys.
 *
 * @param openKeys Opens the source that an issuer's `jwks` names.
 * @throws what `openKeys` throws.
 */
export async function trustIssuers(
  { issuers }: AuthenticateConfig,
  openKeys: (jwks: JwksConfig, algorithms: TrustedIssuer['algorithms']) => Promise<KeySource>,
): Promise<ReadonlyMap<string, TrustedIssuer>> {
  const trusted = issuers.map(
    async (config): Promise<readonly [string, TrustedIssuer]> => [
      config.issuer,
      {
        issuer: config.issuer,
        keys: await openKeys(config.jwks, config.algorithms),
        algorithms: config.algorithms,
        maxLifetimeS: config.max_lifetime_s,
        leewayS: config.leeway_s,
        scopeGrants: scopeGrantsOf(config),
      },
    ],
  );
  return new Map(await Promise.all(trusted));
}
