/** Why a token is refused. Each code is a reason of the same name (`call/reason.ts`). */
export type TokenRefusalCode =
  | 'token.malformed'
  | 'token.too-large'
  | 'token.header'
  | 'token.type'
  | 'token.algorithm'
  | 'token.critical'
  | 'token.issuer'
  | 'token.key-unknown'
  | 'token.signature'
  | 'token.claims'
  | 'token.audience'
  | 'token.expired'
  | 'token.not-yet-valid'
  | 'token.lifetime'
  | 'token.revoked'
  | 'token.status-unchecked'
  | 'token.proof-missing'
  | 'token.grant-malformed'
  | 'token.failures'
  | TokenFaultCode;

/** It could not be told whether the token is good: nothing is wrong with it as far as is known. */
type TokenFaultCode = 'token.keys-unavailable' | 'token.revocations-unavailable';

/** A token that is not accepted. */
export interface TokenRefusal {
  readonly kind: 'refused';
  readonly code: TokenRefusalCode;
  /** What exactly was found, for the operator. Never holds more than names of members and what the issuer wrote. */
  readonly detail: string;
  /** Milliseconds after which to try again, where that is known. */
  readonly retryAfterMs?: number;
}

/** A refusal for `code`; `detail` is for the operator and never quotes the caller. */
export function refuseToken(code: TokenRefusalCode, detail: string): TokenRefusal {
  return { kind: 'refused', code, detail };
}
