import type { RecoveryData } from '../record-shape.ts';

/** What the thread that signs is told when it is started. */
export interface SignerSetup {
  readonly directory: string;
  readonly onDamage: 'refuse' | 'set_aside';
  /** Where the key is that signs checkpoints, and what its name is made of. */
  readonly keyPath: string;
  readonly originHint: string;
  /** How often a checkpoint is made while records come in, milliseconds. */
  readonly checkpointEveryMs: number;
}

/** From the service to the thread. `through` is the number of the last record that write(2) has taken. */
export type SignerOrder =
  | { readonly kind: 'sync'; readonly through: number }
  | { readonly kind: 'close'; readonly through: number };

/** What came of opening the log. */
export interface OpenedSigner {
  readonly nextSequence: number;
  readonly recovery: RecoveryData | undefined;
  /** The public key of the checkpoints. */
  readonly verifierKey: string;
}

/** What went wrong, as it crosses threads. */
export interface SignerFailure {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

/** From the thread to the service. Each `sync` has one answer, in their order. */
export type SignerNews =
  | ({ readonly kind: 'opened' } & OpenedSigner)
  | { readonly kind: 'not-opened'; readonly failure: SignerFailure }
  | { readonly kind: 'synced'; readonly through: number }
  | { readonly kind: 'not-synced'; readonly failure: SignerFailure }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'no-checkpoint'; readonly failure: SignerFailure }
  | { readonly kind: 'closed' };
