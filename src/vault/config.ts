import { z } from 'zod';

const pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)+$/, 'Must be a JSON Pointer such as /headers/token; * stands for any name or index');

const keptSchema = z.strictObject({
  server: z.string().min(1).describe('Name of the server, in the section `servers`.'),
  tools: z
    .array(z.string().min(1).max(256))
    .min(1)
    .optional()
    .describe('Names of tools whose payloads are kept. Default: all tools of the server.'),
  omit: z
    .array(pointer)
    .max(64)
    .default([])
    .describe(
      'JSON Pointers into the arguments of what is never kept; * stands for any name or index. What the pinned schema marks as writeOnly or as a password is left out in any case.',
    ),
  omit_reply: z
    .array(pointer)
    .max(64)
    .default([])
    .describe('The same for the `result` of replies, such as /structuredContent/token.'),
});

/** What of calls is kept encrypted beside the record, as the operator writes it. */
export const payloadVaultSchema = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .describe(
        'File, mode 0600, with the key that wraps all others: 32 bytes in base64. Made by `sallyport vault key`.',
      ),
    old_keys: z
      .array(z.string().min(1))
      .max(16)
      .default([])
      .describe('Files with the keys before that one. What they wrap is read; nothing new is wrapped with them.'),
    keep: z.array(keptSchema).min(1).max(256).describe('Whose payloads are kept. The first that fits a call counts.'),
    max_payload_bytes: z
      .int()
      .min(0)
      .max(8 * 1024 * 1024)
      .default(256 * 1024)
      .describe('Arguments or a reply longer than this are kept as their digest only. Unit: bytes.'),
    max_queued_bytes: z
      .int()
      .min(64 * 1024)
      .max(256 * 1024 * 1024)
      .default(16 * 1024 * 1024)
      .describe(
        'Most memory that payloads may take while they are collected and wait for the disk. Those beyond it are counted instead of kept; no call waits. Unit: bytes.',
      ),
    segment_bytes: z
      .int()
      .min(64 * 1024)
      .max(1024 * 1024 * 1024)
      .default(32 * 1024 * 1024)
      .describe('A file that has grown to this is closed, and another one begun with a key of its own. Unit: bytes.'),
    segment_payloads: z
      .int()
      .min(16)
      .max(1_048_576)
      .default(65_536)
      .describe('Most payloads in a file, which is how often its key is used.'),
    segment_age_ms: z
      .int()
      .min(1000)
      .max(30 * 86_400_000)
      .default(86_400_000)
      .describe('Longest time that a file is written to. Unit: milliseconds.'),
    subject_key_days: z
      .int()
      .min(1)
      .max(366)
      .default(30)
      .describe('Each subject of a call has a key of its own, and another one after so many days. Unit: days.'),
    max_key_uses: z
      .int()
      .min(32)
      .max(2 ** 28)
      .default(2 ** 24)
      .describe(
        'How often `key` may wrap another key: from half of it on an alarm says so, beyond it nothing is kept until there is a new key. NIST SP 800-38D §8.3 allows 2^32.',
      ),
  })
  .readonly()
  .optional()
  .describe('Keeps arguments and replies of calls, encrypted. Default: nothing of them is kept.');
export type PayloadVaultConfig = NonNullable<z.output<typeof payloadVaultSchema>>;
