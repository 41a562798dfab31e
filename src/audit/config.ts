import { z } from 'zod';

/** How the record is kept, as the operator writes it. */
export const auditSchema = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .optional()
      .describe('Where the segments are, relative to this file. Default: "record" in state_dir.'),
    segment_bytes: z
      .int()
      .min(64 * 1024)
      .max(1024 * 1024 * 1024)
      .default(32 * 1024 * 1024)
      .describe('A segment that would grow beyond this is closed and the next one begun. Unit: bytes.'),
    max_queued_bytes: z
      .int()
      .min(256 * 1024)
      .max(256 * 1024 * 1024)
      .default(8 * 1024 * 1024)
      .describe(
        'Most memory that records may take while they wait for the disk. Beyond it calls are refused; refusals and outcomes are counted instead of written earlier (50 % and 75 %). Unit: bytes.',
      ),
    max_argument_bytes: z
      .int()
      .min(0)
      .max(16 * 1024)
      .default(4096)
      .describe(
        'An argument value that rules read is recorded up to this length; a longer one as its digest. Unit: bytes of canonical JSON.',
      ),
    on_damage: z
      .enum(['refuse', 'set_aside'])
      .default('refuse')
      .describe(
        'What to do at start when the last segment is damaged in its middle: refuse to start, or leave it as it is, note the damage in a new segment and go on. A torn last record is cut in both cases.',
      ),
  })
  .readonly();
export type AuditConfig = z.infer<typeof auditSchema>;
