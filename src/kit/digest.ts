import { hash } from 'node:crypto';

/** SHA-256 of `data` in lower-case hex. Text is hashed as UTF-8. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** SHA-256 of `data` in unpadded base64url, the form of `x5t#S256`, `jkt` and `ath`. Text is hashed as UTF-8. */
export function sha256Base64url(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}
