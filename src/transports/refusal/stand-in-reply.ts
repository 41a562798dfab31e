import type { Call } from '../../call/call.ts';
import type { StandIn } from '../../decision/stand-in.ts';
import type { Reply } from './reply.ts';
import { type Refused, writeRefusal } from './write-refusal.ts';

/** The answer to a refused call at a door that carries replies: what stands in for the tool's, or the refusal. */
export function answerRefused(refused: Refused): Reply {
  const { refusal, call } = refused;
  const standIn = refusal.kind === 'deny' ? refusal.standIn : undefined;
  return standIn === undefined || call === undefined ? writeRefusal(refused) : standInReply(call, standIn);
}

/** A result in the place of one that cannot be had, under the id of the call. */
export function standInReply({ id, decisionId }: Pick<Call, 'id' | 'decisionId'>, { result }: StandIn): Reply {
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ['sallyport-decision-id', decisionId],
    ],
    body: Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},"result":${result}}`),
  };
}
