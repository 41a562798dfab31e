import type { TokenGuard, UnknownToken } from '../../capability/token-guard.ts';
import type { TokenRefusalCode } from '../../capability/token-refusal.ts';
import { addressKey } from './address-key.ts';
import { Penalties } from './penalties.ts';

export interface FailedTokensOptions {
  /** Failures of one token in the window after which it is not looked at for a pause. */
  readonly mostPerToken: number;
  /** The same for all tokens from one address. */
  readonly mostPerAddress: number;
  readonly windowS: number;
  readonly pauseS: number;
}

/** Tokens, and addresses, whose failures are remembered at once: some 300 bytes each. */
const CAPACITY = 10_000;

/**
 * What says nothing against a token: it may be good in a moment (its keys cannot be had, or are not there yet), or elsewhere (on
 * another route, by who holds its key).
 */
const BLAMELESS: ReadonlySet<TokenRefusalCode> = new Set([
  'token.keys-unavailable',
  'token.revocations-unavailable',
  'token.key-unknown',
  'token.not-yet-valid',
  'token.audience',
  'token.proof-missing',
]);

/** A token that its issuer made: whoever sends it is late, not a forger, and speaks for nobody else at his address. */
const HONEST: ReadonlySet<TokenRefusalCode> = new Set([
  'token.expired',
  'token.revoked',
  'token.lifetime',
  'token.status-unchecked',
  'token.grant-malformed',
]);

/**
 * Remembers tokens that were found bad, and addresses that many of them came from, for a short while.
 *
 * By its digest a bad token keeps out itself and nothing else. By its address it keeps out further tokens from there that are not
 * known to be good; who was good before goes on.
 */
export class FailedTokens implements TokenGuard {
  readonly #tokens: Penalties;
  readonly #addresses: Penalties;

  constructor({ mostPerToken, mostPerAddress, windowS, pauseS }: FailedTokensOptions) {
    this.#tokens = new Penalties({ most: mostPerToken, windowS, pauseS, capacity: CAPACITY });
    this.#addresses = new Penalties({ most: mostPerAddress, windowS, pauseS, capacity: CAPACITY });
  }

  async waitMs({ digest, from }: UnknownToken): Promise<number> {
    const address = from === undefined ? undefined : addressKey(from);
    return Math.max(
      await this.#tokens.waitMs(digest),
      address === undefined ? 0 : await this.#addresses.waitMs(address),
    );
  }

  async failed({ digest, from }: UnknownToken, code: TokenRefusalCode): Promise<void> {
    if (BLAMELESS.has(code)) return;
    const address = from === undefined || HONEST.has(code) ? undefined : addressKey(from);
    await this.#tokens.failed(digest);
    if (address !== undefined) await this.#addresses.failed(address);
  }
}
