import type { VerifiedToken } from './verified-token.ts';

/** How much may be remembered. */
export interface TokenCacheLimits {
  readonly maxTokens: number;
  /** Estimated memory, bytes. */
  readonly maxBytes: number;
}

export const DEFAULT_CACHE_LIMITS: TokenCacheLimits = { maxTokens: 10_000, maxBytes: 32 * 1024 * 1024 };

/**
 * What one remembered token costs: a fixed part, and claims as Maps with compiled constraints beside them, which take
 * about ten times the text. An estimate that errs on the large side.
 */
function weightOf(length: number): number {
  return 2048 + 10 * length;
}

/**
 * Established tokens by the SHA-256 of their compact text, the least recently used dropped first.
 *
 * Only tokens whose signature was good get in, so nobody without an issuer's key can push anything out.
 */
export class TokenCache {
  readonly #entries = new Map<string, { readonly token: VerifiedToken; readonly weight: number }>();
  readonly #limits: TokenCacheLimits;
  #bytes = 0;

  constructor(limits: TokenCacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Estimated memory, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get(digest: string): VerifiedToken | undefined {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return undefined;
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    return entry.token;
  }

  /** `length`: characters of the compact text. */
  set(digest: string, token: VerifiedToken, length: number): void {
    this.delete(digest);
    const weight = weightOf(length);
    this.#entries.set(digest, { token, weight });
    this.#bytes += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.maxTokens && this.#bytes <= this.#limits.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(digest: string): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= entry.weight;
  }
}
