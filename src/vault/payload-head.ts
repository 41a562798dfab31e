import { z } from 'zod';

const number = z.int().nonnegative();
const lost = z.object({ arguments: number, reply: number });

const headSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begin'), number, segment: z.string().regex(/^[0-9a-f]{32}$/), time: z.string() }),
  z.object({
    kind: z.enum(['arguments', 'reply']),
    number,
    decision_id: z.string(),
    /** Id of the subject's key. */
    key: z.string(),
    server: z.string(),
    tool: z.string(),
    /** Length of the payload, also of one that is not kept. */
    bytes: number,
    kept: z.enum(['whole', 'too_long']),
    /** Whether parts were left out that are never kept. */
    omitted: z.boolean(),
    time: z.string(),
  }),
  z.object({ kind: z.literal('gap'), number, lost, since: z.string(), until: z.string(), why: z.string() }),
  z.object({ kind: z.literal('end'), number, time: z.string() }),
]);

/** What stands in the clear before a payload, and is authenticated with it. */
export type PayloadHead = z.infer<typeof headSchema>;
/** That of arguments or a reply. */
export type KeptHead = Extract<PayloadHead, { kind: 'arguments' | 'reply' }>;

export function headBytes(head: PayloadHead): Buffer {
  return Buffer.from(JSON.stringify(head));
}

/** `undefined` for what is no head. */
export function readHead(bytes: Uint8Array): PayloadHead | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return headSchema.safeParse(value).data;
  } catch {
    return undefined;
  }
}
