import { randomUUIDv7 } from 'node:crypto';
import { REASONS, type ReasonCode } from '../../call/reason.ts';
import { type HeaderList, headerValues, type Received } from '../../call/received.ts';
import { evaluate } from '../../decision/evaluate.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Found, Refusal } from '../../decision/verdict.ts';
import { Turn } from '../../kit/turn.ts';
import { challengeFor } from '../refusal/challenge.ts';
import type { Reply } from '../refusal/reply.ts';
import type { AuthzenAssembly } from './authzen-assembly.ts';
import { type Decision, decisionOf, deniedFor } from './decision-of.ts';
import { isCaller } from './is-caller.ts';
import { messageOf } from './message-of.ts';
import type { Evaluation, Evaluations, Semantic } from './read-evaluations.ts';
import { errorReply, jsonReply } from './write-answer.ts';

/** Bytes of messages that one request may make: defaults that every item shares are read as often as there are items. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Bytes that are read and judged in one turn of the event loop; each item counts as so many more. */
const TURN_BYTES = 64 * 1024;
const ITEM_BYTES = 1024;

/** One request at work. */
interface Asking<F extends Facts> {
  readonly assembly: AuthzenAssembly<F>;
  /** The request that asks: whose credential counts. */
  readonly received: Received;
  readonly signal: AbortSignal;
}

/**
 * Answers what a request asks about calls of its own sender. Takes, consumes and records nothing, and allows nothing.
 *
 * @param received The request that asks.
 * @param signal Aborts when it is too late, or whoever asks has gone.
 */
export async function evaluateAll<F extends Facts>(
  assembly: AuthzenAssembly<F>,
  received: Received,
  evaluations: Evaluations,
  signal: AbortSignal,
): Promise<Reply> {
  const items = evaluations.kind === 'one' ? [evaluations.evaluation] : evaluations.evaluations;
  const unknown = items.findIndex(({ server }) => !assembly.servers.has(server));
  if (unknown !== -1) return errorReply(400, `resource.properties.server names no server here (item ${unknown})`);
  const asking: Asking<F> = { assembly, received, signal };
  const callers = await identify(asking, items);
  const refused = refuseAsker(asking, items, callers);
  if (refused !== undefined) return refused;
  const judged = judgedItems(items, callers);
  if (judged.reduce((sum, { message }) => sum + (message?.byteLength ?? 0), 0) > MAX_MESSAGE_BYTES) {
    return errorReply(400, 'too much is asked at once');
  }
  if (evaluations.kind === 'several')
    return jsonReply(200, { evaluations: await inOrder(asking, judged, evaluations.semantic) });
  const [only] = judged;
  if (only === undefined) throw new Error('a single evaluation is one');
  const { decision, fault } = await judge(asking, only);
  return fault ? errorReply(500, 'It could not be told.') : jsonReply(200, decision);
}

type Callers<F extends Facts> = ReadonlyMap<string, Found<F['identity']>>;

/** Who asks, for each server that is asked about: one token is for one of them. */
async function identify<F extends Facts>(
  { assembly, received: { headers, peer } }: Asking<F>,
  items: readonly Evaluation[],
): Promise<Callers<F>> {
  const callers = new Map<string, Found<F['identity']>>();
  for (const { server } of items) {
    if (!callers.has(server)) callers.set(server, await assembly.authenticate({ server, headers, peer }));
  }
  return callers;
}

/** Refuses the whole request of someone whom no server knows, or who asks about another. */
function refuseAsker<F extends Facts>(
  { assembly }: Asking<F>,
  items: readonly Evaluation[],
  callers: Callers<F>,
): Reply | undefined {
  const stranger = items.some(({ server, subject }) => {
    const caller = callers.get(server);
    return caller?.kind === 'found' && !isCaller(subject, caller.value);
  });
  if (stranger) return errorReply(403, 'You may ask about yourself only: subject.id must be the sub of your token.');
  const [first] = callers;
  if (first === undefined || [...callers.values()].some(({ kind }) => kind === 'found')) return undefined;
  const [server, caller] = first;
  return caller.kind === 'found' ? undefined : refuseCredential(caller, assembly.servers.get(server)?.resource);
}

function refuseCredential({ kind, reason }: Refusal, resource: Parameters<typeof challengeFor>[1]): Reply {
  if (kind === 'fault') return errorReply(500, REASONS[reason].says);
  const challenge = challengeFor(reason, resource);
  const headers: HeaderList = challenge === undefined ? [] : [['www-authenticate', challenge]];
  return errorReply(challenge === undefined ? 400 : 401, REASONS[reason].says, headers);
}

/** One item: the message to judge, or for what it is denied unjudged. */
interface Judged {
  readonly server: string;
  readonly message?: Uint8Array;
  readonly denied?: ReasonCode;
}

function judgedItems<F extends Facts>(items: readonly Evaluation[], callers: Callers<F>): readonly Judged[] {
  return items.map((item) => {
    const { server } = item;
    const caller = callers.get(server);
    if (caller?.kind !== 'found') return { server, denied: caller?.reason ?? 'token.missing' };
    const message = messageOf(item);
    return message === undefined ? { server, denied: 'rpc.method-unknown' } : { server, message };
  });
}

/** In the order of the request, up to where its semantic ends the row. */
async function inOrder<F extends Facts>(
  asking: Asking<F>,
  items: readonly Judged[],
  semantic: Semantic,
): Promise<readonly Decision[]> {
  const turn = new Turn(TURN_BYTES);
  const decisions: Decision[] = [];
  for (const item of items) {
    await turn.spend(ITEM_BYTES + (item.message?.byteLength ?? 0));
    const { decision } = await judge(asking, item);
    decisions.push(decision);
    if (decision.decision ? semantic === 'permit_on_first_permit' : semantic === 'deny_on_first_deny') break;
  }
  return decisions;
}

async function judge<F extends Facts>(
  { assembly, received, signal }: Asking<F>,
  { server, message, denied }: Judged,
): Promise<{ readonly decision: Decision; readonly fault: boolean }> {
  if (message === undefined) return { decision: deniedFor(denied ?? 'rpc.method-unknown'), fault: false };
  const asked = { ...received, decisionId: randomUUIDv7(), server, httpMethod: 'POST', body: message };
  const call = await assembly.read({ ...asked, headers: headersFor(received.headers) });
  const answer = call.kind === 'found' ? await evaluate(call.value, assembly.stages, signal) : call;
  return { decision: decisionOf(answer), fault: answer.kind === 'fault' };
}

/** What the checks read of a call's header block: its form, and the credential of whoever asks. */
function headersFor(headers: HeaderList): HeaderList {
  const credentials = headerValues(headers, 'authorization').map((value) => ['authorization', value] as const);
  return [['content-type', 'application/json'], ...credentials];
}
