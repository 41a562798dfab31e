import type { TokenRefusalCode } from './token-refusal.ts';

/** A token that is not known yet, as it came. */
export interface UnknownToken {
  /** SHA-256 of its text, base64url. */
  readonly digest: string;
  /** Where it came from; `undefined` where nobody can tell who that is. */
  readonly from: string | undefined;
}

/** Keeps a flood of bad tokens from costing a signature check each: a port, filled by `stores/failures`. */
export interface TokenGuard {
  /** Milliseconds after which the token may be looked at; 0: now. Tokens that are known are never asked about. */
  waitMs(token: UnknownToken): Promise<number>;
  /** Hears that it was looked at and is not good. */
  failed(token: UnknownToken, code: TokenRefusalCode): Promise<void>;
}
