import type { JWK } from 'jose';
import { grantsAnything } from '../../capability/capability.ts';
import { GrantError } from '../../capability/grant-error.ts';
import { claimsFrom, mintToken, type TokenRequest } from '../../capability/mint-token.ts';
import { readCapability } from '../../capability/read-capability.ts';
import { messageOf } from '../../kit/cause.ts';
import { CommandError, guarded } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { grantFromOptions, type GrantOptions } from './grant-from-options.ts';
import { readCertificate } from './read-certificate.ts';
import { readDuration } from './read-duration.ts';
import { readSigningKey } from './read-signing-key.ts';

export interface MintOptions extends GrantOptions {
  readonly key: string;
  readonly issuer: string;
  readonly sub: string;
  readonly ttl: string;
  readonly actor?: string;
  readonly clientId?: string;
  readonly txn?: string;
  readonly scope?: string;
  readonly cnfCert?: string;
  readonly json?: boolean;
}

/** What a server accepts unless its `max_lifetime_s` says otherwise, seconds. */
const USUAL_LIFETIME_S = 300;

/** Where time and names come from. */
export interface MintSources {
  readonly nowMs: () => number;
  /** A name that no other token has. */
  readonly newTokenId: () => string;
}

/** `token mint`: signs a token and prints it. @returns the exit code: 0 printed, 2 nothing printed. */
export async function runMint(options: MintOptions, io: CommandIo, sources: MintSources): Promise<number> {
  return guarded(io, async () => {
    const key = await readSigningKey(options.key, io);
    const lifetimeS = readDuration('--ttl', options.ttl);
    if (lifetimeS > USUAL_LIFETIME_S) {
      io.complain(`warning: servers refuse tokens that live longer than their max_lifetime_s (${USUAL_LIFETIME_S} s).`);
    }
    const request: TokenRequest = {
      issuer: options.issuer,
      subject: options.sub,
      audience: options.aud,
      tokenId: sources.newTokenId(),
      issuedAtMs: sources.nowMs(),
      lifetimeS,
      claims: claimsFrom(await extraClaims(options)),
    };
    const token = await sign(key, request);
    warnOfNothing(request, io);
    io.print(options.json === true ? JSON.stringify(summaryOf(token, key, request)) : token);
    return EXIT.ok;
  });
}

async function extraClaims(options: MintOptions): Promise<Record<string, unknown>> {
  const { actor, clientId, txn, scope, cnfCert } = options;
  const detail = await grantFromOptions(options);
  if (detail === undefined && scope === undefined) {
    throw new CommandError('the token would grant nothing; say --tool, --prompt, --resource, --grant or --scope.');
  }
  return {
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(txn === undefined ? {} : { txn }),
    ...(actor === undefined ? {} : { act: { sub: actor } }),
    ...(cnfCert === undefined ? {} : { cnf: { 'x5t#S256': await readCertificate(cnfCert) } }),
    ...(scope === undefined ? {} : { scope }),
    ...(detail === undefined ? {} : { authorization_details: [detail] }),
  };
}

async function sign(key: JWK, request: TokenRequest): Promise<string> {
  try {
    return await mintToken(key, request);
  } catch (cause) {
    if (cause instanceof GrantError)
      throw new CommandError(`the grant is not one: ${cause.pointer}: ${cause.message}.`);
    // Messages of the crypto library name members of a key, never their values; still, none is repeated.
    throw new CommandError(cause instanceof TypeError ? `${messageOf(cause)}.` : 'the key cannot sign tokens.');
  }
}

/** A grant file can name another place than `--aud`, which is well formed and useless. */
function warnOfNothing({ claims, audience }: TokenRequest, io: CommandIo): void {
  if (claims.has('scope') || grantsAnything(readCapability(claims, audience))) return;
  io.complain(`warning: the token grants nothing on ${audience}; look at "locations" in the grant.`);
}

function summaryOf(token: string, { kid }: JWK, { tokenId, issuedAtMs, lifetimeS }: TokenRequest): unknown {
  const expires = new Date((Math.floor(issuedAtMs / 1000) + lifetimeS) * 1000).toISOString();
  return { token, jti: tokenId, kid, expires_at: expires };
}
