import { z } from 'zod';
import { shipSchema } from './shipping/config.ts';

const checkpointsSchema = z
  .strictObject({
    every_ms: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(1000)
      .describe('A checkpoint is signed so often while records are written. Unit: milliseconds.'),
    to: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A place outside the instance that each checkpoint goes to: a directory (ending in /) or file, relative to this file, or an https:// URL that takes it by PUT. With it a record that was cut or taken back is found.',
      ),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the certificates of the authorities of that URL, in PEM, instead of those that Node trusts.',
      ),
  })
  .refine(({ to, ca }) => ca === undefined || to?.startsWith('https://') === true, {
    path: ['ca'],
    error: 'Is only for a URL in to',
  })
  .refine(({ to }) => to === undefined || to.startsWith('https://') || !/^[a-z][a-z0-9+.-]*:\/\//i.test(to), {
    path: ['to'],
    error: 'Must be a path or an https:// URL',
  })
  .readonly();

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
    bounded_ms: z
      .int()
      .min(10)
      .max(60_000)
      .default(100)
      .describe(
        'A record of a tool with durability: bounded is on the disk at most so long after its call was allowed; while the disk is slower, calls wait for it. Unit: milliseconds.',
      ),
    max_wait_ms: z
      .int()
      .min(10)
      .max(60_000)
      .default(1000)
      .describe(
        'Longest time that a call waits for its record to be on the disk; then it is refused, and so are others until the disk has caught up. Unit: milliseconds.',
      ),
    checkpoints: checkpointsSchema
      .prefault({})
      .describe('Signatures over the whole record, so that a change is found.'),
    ship: shipSchema,
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
