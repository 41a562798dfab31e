import type { Subject } from './key-table.ts';

/** Arguments or a reply on the way into the vault. */
export interface KeptPayload extends Subject {
  readonly kind: 'arguments' | 'reply';
  readonly decisionId: string;
  readonly server: string;
  readonly tool: string;
  /** 32 random bytes: what the digest in the record is made with, and the payload. */
  readonly salt: Uint8Array;
  /** Empty for one that is too long. */
  readonly bytes: Uint8Array;
  /** Its length, also of one that is too long. */
  readonly totalBytes: number;
  readonly kept: 'whole' | 'too_long';
  readonly omitted: boolean;
}

/** How many payloads of each kind. */
export interface PayloadCounts {
  readonly arguments: number;
  readonly reply: number;
}

export const NO_PAYLOADS: PayloadCounts = { arguments: 0, reply: 0 };

export function countPayloads(payloads: readonly Pick<KeptPayload, 'kind'>[]): PayloadCounts {
  const ofArguments = payloads.filter(({ kind }) => kind === 'arguments').length;
  return { arguments: ofArguments, reply: payloads.length - ofArguments };
}

export function addCounts(one: PayloadCounts, other: PayloadCounts): PayloadCounts {
  return { arguments: one.arguments + other.arguments, reply: one.reply + other.reply };
}
