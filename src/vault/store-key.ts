import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../kit/cause.ts';
import { writeDurably } from '../kit/write-durably.ts';

const wrappedSchema = z.object({ kek: z.string(), nonce: z.string(), wrapped: z.string() });

const segmentKeySchema = wrappedSchema.extend({ kind: z.literal('SegmentKey'), id: z.string() });
const subjectKeySchema = wrappedSchema.extend({
  kind: z.literal('SubjectKey'),
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  period: z.string(),
});

/** The stored key of one segment. */
export type SegmentKey = z.infer<typeof segmentKeySchema>;
/** The stored key of one subject in one period. */
export type SubjectKey = z.infer<typeof subjectKeySchema>;
export type StoredKey = SegmentKey | SubjectKey;

/** What a key is bound to when it is wrapped. */
export function boundTo(
  key: Omit<SegmentKey, 'kek' | 'nonce' | 'wrapped'> | Omit<SubjectKey, 'kek' | 'nonce' | 'wrapped'>,
): readonly string[] {
  return key.kind === 'SegmentKey' ? ['segment', key.id] : ['subject', key.id, key.issuer, key.subject, key.period];
}

/** Writes a key file in one step, on the disk when this returns; its directory is made. @throws what the file system said. */
export function writeKeyFile(path: string, key: StoredKey): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(`${path}.next`, `${JSON.stringify({ apiVersion: 'sallyport/v1', ...key })}\n`);
  renameSync(`${path}.next`, path);
}

/** What is in a key file: `undefined` when there is none, `damaged` when it is none. @throws what the file system said. */
export function readKeyFile(path: string): StoredKey | 'damaged' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
  return keyIn(text) ?? 'damaged';
}

function keyIn(text: string): StoredKey | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return z.discriminatedUnion('kind', [segmentKeySchema, subjectKeySchema]).safeParse(value).data;
  } catch {
    return undefined;
  }
}
