/** The vault cannot be used as it is, in a sentence that says what to do. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}
