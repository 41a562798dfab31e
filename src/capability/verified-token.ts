import type { JsonObject } from '../kit/json.ts';
import type { Capability } from './capability.ts';
import type { ScopeGrant } from './scope-grants.ts';
import type { KeySource } from './key-source.ts';
import type { ParseJson } from './parse-json.ts';
import type { Revocations } from './revocations.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/** An authorization server whose tokens are accepted, as configuration says. Nothing in a token changes any of it. */
export interface TrustedIssuer {
  /** Exact value of `iss`. */
  readonly issuer: string;
  readonly keys: KeySource;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Longest `exp - iat`, seconds. */
  readonly maxLifetimeS: number;
  /** How far the issuer's clock may be off, seconds; at most 5. */
  readonly leewayS: number;
  /**
   * What becomes of a token with a `status` claim (Token Status List). No list is consulted: such a token may have been revoked.
   */
  readonly statusLists: 'refused' | 'ignored';
  /** What a scope of this issuer grants, for tokens without our authorization details. */
  readonly scopeGrants: ReadonlyMap<string, ScopeGrant>;
}

/** Whom to believe, and with what to read. */
export interface TokenTrust {
  /** By exact `iss`. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly parseJson: ParseJson;
  /** Absent when no deny list is configured. */
  readonly revocations?: Revocations;
}

/** How a token came: what it must be for, and what the connection proves. */
export interface Presentation {
  /** Canonical URI of the tool server (RFC 8707), from configuration. */
  readonly resource: string;
  /** SHA-256 of the verified client certificate's DER in base64url, on a listener that terminates the caller's own TLS. */
  readonly certificateSha256?: string;
  /** Where it came from, as far as that tells who it is: failures are counted by it. */
  readonly from?: string;
}

/** What a token says it is bound to (`cnf`, RFC 7800). */
export interface Confirmation {
  /** `x5t#S256` (RFC 8705 §3.1). */
  readonly x5tS256?: string;
  /** Other members. This release has no proof for any, so a token with one is refused. */
  readonly others: readonly string[];
}

/** A token whose signature, issuer and claims are good. Immutable; shared by all calls that bring the same token. */
export interface VerifiedToken {
  readonly kind: 'verified';
  readonly claims: JsonObject;
  readonly issuer: string;
  readonly subject: string;
  /** The one resource it is for. */
  readonly audience: string;
  /** `jti`. */
  readonly tokenId: string;
  /** `act`: who acts for the subject now (RFC 8693 §4.1). Nested actors are history and not read. */
  readonly actor?: { readonly issuer?: string; readonly subject: string };
  readonly clientId?: string;
  /** `txn`. */
  readonly transaction?: string;
  readonly confirmation?: Confirmation;
  /** Milliseconds since the epoch. */
  readonly issuedAtMs: number;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs?: number;
  /** What the issuer's clock may be off, milliseconds. */
  readonly leewayMs: number;
  /** What it grants on `audience`. */
  readonly capability: Capability;
  /** Epoch of the issuer's keys under which it was verified. */
  readonly keyEpoch: number;
  /** Aborts when the issuer withdraws the key that signed it. */
  readonly keyWithdrawn: AbortSignal;
}
