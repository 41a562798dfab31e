import type { CryptoKey } from 'jose';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/** One public key of an issuer, good for exactly one algorithm. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SignatureAlgorithm;
  readonly key: CryptoKey;
  /** Aborts when a later set of the issuer has this key no more: what it vouched for ends with it. */
  readonly withdrawn: AbortSignal;
}

/** The keys of one issuer at one time. Immutable. */
export interface KeySet {
  /** Grows by one whenever the set of keys changes. What was verified under another epoch must be verified again. */
  readonly epoch: number;
  readonly keys: ReadonlyMap<string, VerificationKey>;
}

/**
 * Where the keys of one issuer come from: a port, filled by `stores/jwks`.
 *
 * Neither method rejects. `undefined` means that no keys can be had that are young enough to be relied on.
 */
export interface KeySource {
  /** The keys as known now; asks for newer ones when they are due. */
  current(): Promise<KeySet | undefined>;
  /** The keys after looking again, because one was not among them. Throttled: it may answer what `current()` did. */
  lookAgain(): Promise<KeySet | undefined>;
}
