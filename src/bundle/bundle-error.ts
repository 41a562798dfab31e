/** Why a bundle is not used. */
export type BundleFault =
  | 'malformed'
  | 'too-large'
  | 'unsigned'
  | 'key-unknown'
  | 'signature'
  | 'contents'
  | 'name'
  | 'rollback'
  | 'state';

/** A bundle that must not be used: part of one is none. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly fault: BundleFault;
  /** What would be right, as a sentence. */
  readonly advice: string | undefined;

  constructor(fault: BundleFault, message: string, advice?: string) {
    super(message);
    this.fault = fault;
    this.advice = advice;
  }
}
