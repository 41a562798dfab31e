import type { KeySource } from '../../capability/key-source.ts';
import type { TrustedIssuer } from '../../capability/verified-token.ts';
import { boundText } from '../../kit/bound-text.ts';
import { messageOf } from '../../kit/cause.ts';
import { type AuthenticateConfig, type IssuerConfig, type JwksConfig, scopeGrantsOf } from './config.ts';

/** Opens the source of keys that an issuer's `jwks` names. */
export type OpenKeys = (jwks: JwksConfig, algorithms: TrustedIssuer['algorithms']) => Promise<KeySource>;

/**
 * The configured issuers, each with its source of keys.
 *
 * @param openKeys Opens the source that an issuer's `jwks` names.
 * @throws Error that names the issuer whose keys cannot be opened.
 */
export async function trustIssuers(
  { issuers }: AuthenticateConfig,
  openKeys: OpenKeys,
): Promise<ReadonlyMap<string, TrustedIssuer>> {
  const trusted = issuers.map(
    async (config): Promise<readonly [string, TrustedIssuer]> => [
      config.issuer,
      {
        issuer: config.issuer,
        keys: await openFor(config, openKeys),
        algorithms: config.algorithms,
        maxLifetimeS: config.max_lifetime_s,
        leewayS: config.leeway_s,
        statusLists: config.status_lists,
        scopeGrants: scopeGrantsOf(config),
      },
    ],
  );
  return new Map(await Promise.all(trusted));
}

async function openFor(config: IssuerConfig, openKeys: OpenKeys): Promise<KeySource> {
  try {
    return await openKeys(config.jwks, config.algorithms);
  } catch (cause) {
    throw new Error(`the keys of issuer ${boundText(config.issuer, 200)} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}
