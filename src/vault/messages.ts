import type { KeptPayload, PayloadCounts } from './kept-payload.ts';
import type { Shred } from './shreds.ts';
import type { VaultNews, VaultWriterOptions } from './vault-writer.ts';

/** What the thread is told when it is started. */
export type VaultSetup = Omit<VaultWriterOptions, 'nowMs' | 'write'>;

/** From the service to the thread. Each `write` has one answer, in their order. */
export type VaultOrder =
  | { readonly kind: 'write'; readonly batch: readonly KeptPayload[]; readonly lost: PayloadCounts }
  | { readonly kind: 'recorded'; readonly id: string }
  | { readonly kind: 'close' };

/** From the thread to the service. */
export type VaultReport =
  | { readonly kind: 'opened' }
  | { readonly kind: 'not-opened'; readonly name: string; readonly message: string }
  | { readonly kind: 'written'; readonly news: VaultNews }
  /** Nothing was asked: how it is now. */
  | { readonly kind: 'state'; readonly news: VaultNews }
  /** What was deleted, and is not in the record yet. */
  | { readonly kind: 'shredded'; readonly shreds: readonly Shred[] }
  | { readonly kind: 'closed' };
