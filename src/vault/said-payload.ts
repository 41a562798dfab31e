import { z } from 'zod';

const payload = z.object({
  bytes: z.number(),
  commitment: z.string().optional(),
  kept: z.enum(['whole', 'too_long', 'no', 'unseen']),
});
const saidSchema = z.object({
  decision_id: z.string(),
  arguments_payload: payload.optional(),
  reply_payload: payload.optional(),
});

/** What a record says of a payload. */
export interface SaidPayload {
  readonly kind: 'arguments' | 'reply';
  readonly decisionId: string;
  readonly bytes: number;
  readonly commitment?: string | undefined;
  readonly kept: 'whole' | 'too_long' | 'no' | 'unseen';
}

/** What the data of a record says of a payload; `undefined` for one that says nothing. */
export function saidOf(data: unknown): SaidPayload | undefined {
  const said = saidSchema.safeParse(data).data;
  if (said === undefined) return undefined;
  const { decision_id: decisionId, arguments_payload: own, reply_payload: reply } = said;
  if (own !== undefined) return { kind: 'arguments', decisionId, ...own };
  return reply === undefined ? undefined : { kind: 'reply', decisionId, ...reply };
}
