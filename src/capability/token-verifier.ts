import { sha256Base64url } from '../kit/digest.ts';
import { checkPresentation } from './check-presentation.ts';
import { establishToken } from './establish-token.ts';
import { MAX_TOKEN_LENGTH } from './read-token.ts';
import { DEFAULT_CACHE_LIMITS, TokenCache, type TokenCacheLimits } from './token-cache.ts';
import type { TokenGuard } from './token-guard.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import type { Presentation, TokenTrust, VerifiedToken } from './verified-token.ts';

type Established = VerifiedToken | TokenRefusal;

/**
 * `verifyToken()` with a memory: a token that comes again is not taken apart and its signature is not checked again.
 *
 * A memory ends at the token's end or with the epoch of its issuer's keys, whichever is first. Audience, proof,
 * revocation and time are checked on every call. Refusals are not remembered: a wrong token costs its one signature
 * check (about 0.2 ms, off the event loop) each time it comes, unless a guard keeps it out, and takes no memory here.
 */
export class TokenVerifier {
  readonly #trust: TokenTrust;
  readonly #cache: TokenCache;
  readonly #guard: TokenGuard | undefined;
  /** Verifications under way by token and resource: calls that bring the same token at once share one. */
  readonly #underWay = new Map<string, Promise<Established>>();

  constructor(trust: TokenTrust, limits: TokenCacheLimits = DEFAULT_CACHE_LIMITS, guard?: TokenGuard) {
    this.#trust = trust;
    this.#guard = guard;
    this.#cache = new TokenCache(limits);
  }

  /** Tokens remembered now. */
  get remembered(): number {
    return this.#cache.size;
  }

  /** Same promise as `verifyToken()`. */
  async verify(compact: string, presentation: Presentation, nowMs: number): Promise<Established> {
    if (compact.length > MAX_TOKEN_LENGTH) return refuseToken('token.too-large', `${compact.length} characters`);
    const digest = sha256Base64url(compact);
    const recalled = await this.#recall(digest);
    const token = recalled ?? (await this.#establishGuarded(digest, compact, presentation, nowMs));
    if (token.kind === 'refused') return token;
    const refusal = checkPresentation(token, presentation, this.#trust.revocations, nowMs);
    if (refusal?.code === 'token.expired') this.#cache.delete(digest);
    if (refusal !== undefined) return refusal;
    if (recalled === undefined) this.#cache.set(digest, token, compact.length);
    return token;
  }

  async #recall(digest: string): Promise<VerifiedToken | undefined> {
    const token = this.#cache.get(digest);
    if (token === undefined) return undefined;
    if (await this.#isCurrent(token)) return token;
    this.#cache.delete(digest);
    return undefined;
  }

  /** Whether the issuer's keys are still the ones that `token` was verified with. */
  async #isCurrent(token: VerifiedToken): Promise<boolean> {
    const keys = await this.#trust.issuers.get(token.issuer)?.keys.current();
    return keys?.epoch === token.keyEpoch;
  }

  /** A token that is not known is looked at unless too many like it were bad; what is found is told to the guard. */
  async #establishGuarded(
    digest: string,
    compact: string,
    presentation: Presentation,
    nowMs: number,
  ): Promise<Established> {
    const unknown = { digest, from: presentation.from };
    const retryAfterMs = (await this.#guard?.waitMs(unknown)) ?? 0;
    if (retryAfterMs > 0) return { ...refuseToken('token.failures', 'not looked at'), retryAfterMs };
    const token = await this.#establish(digest, compact, presentation, nowMs);
    if (token.kind === 'refused') await this.#guard?.failed(unknown, token.code);
    return token;
  }

  async #establish(digest: string, compact: string, { resource }: Presentation, nowMs: number): Promise<Established> {
    const sharing = `${digest} ${resource}`;
    const joined = this.#underWay.get(sharing);
    if (joined !== undefined) {
      const token = await joined;
      if (token.kind === 'refused' || (await this.#isCurrent(token))) return token;
      // The keys changed while it was verified. Alone now: what is shared must not keep an old epoch alive.
      return establishToken(compact, this.#trust, resource, nowMs);
    }
    const started = establishToken(compact, this.#trust, resource, nowMs);
    this.#underWay.set(sharing, started);
    try {
      return await started;
    } finally {
      this.#underWay.delete(sharing);
    }
  }
}
