import type { IncomingMessage, ServerResponse } from 'node:http';
import { REASONS, type ReasonCode } from '../../call/reason.ts';
import { MESSAGE_LIMITS, parseJson } from '../../call/parse-json.ts';
import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { abortWhenGone } from '../http/abort-when-gone.ts';
import { closeUnread } from '../http/close-unread.ts';
import { refusedFraming } from '../http/framing.ts';
import { arrive, type HttpArrival } from '../http/http-arrival.ts';
import { readBody } from '../http/read-body.ts';
import { writeReply } from '../http/write-reply.ts';
import type { Reply } from '../refusal/reply.ts';
import { refusedAuthority } from '../request/authority.ts';
import type { AuthzenDoor } from './authzen-door.ts';
import { evaluateAll } from './evaluate-all.ts';
import { type BadRequest, type Evaluations, readEvaluation, readEvaluations } from './read-evaluations.ts';
import { errorReply, metadataReply } from './write-answer.ts';

const METADATA = '/.well-known/authzen-configuration';
const CONTENT_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

type ReadRequest = (body: Parameters<typeof readEvaluation>[0], max: number) => Evaluations | BadRequest;

const ENDPOINTS: ReadonlyMap<string, ReadRequest> = new Map<string, ReadRequest>([
  ['/access/v1/evaluation', (body) => readEvaluation(body)],
  ['/access/v1/evaluations', readEvaluations],
]);

/** One request on its way to an answer. */
interface Arrival<F extends Facts> extends HttpArrival {
  readonly door: AuthzenDoor<F>;
}

/**
 * Answers one request of the AuthZEN Authorization API 1.0.
 *
 * Never rejects. What throws here is a 500, which is no decision.
 */
export async function handleRequest<F extends Facts>(
  door: AuthzenDoor<F>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  using held = new DisposableStack();
  const arrival = { door, ...arrive(door, request, response, held) };
  const ids = headerValues(arrival.received.headers, 'x-request-id');
  const write = (reply: Reply): void =>
    writeReply(response, closeUnread(request, { ...reply, headers: [...reply.headers, ...echoed(ids)] }));
  try {
    const reply = await answer(arrival, ids);
    if (reply !== undefined) write(reply);
  } catch (error) {
    door.onError(error);
    write(errorReply(500, REASONS['fault.internal'].says));
  }
  await arrival.over;
}

/** Longest identifier that is said back, characters. */
const MAX_REQUEST_ID = 256;

function isEchoable(id: string): boolean {
  return id.length <= MAX_REQUEST_ID && /^[\x20-\x7e]*$/.test(id);
}

/** The caller's own identifier of the request (AuthZEN §10.1.3). */
function echoed(ids: readonly string[]): HeaderList {
  const [id, ...others] = ids;
  return id === undefined || others.length > 0 || !isEchoable(id) ? [] : [['x-request-id', id]];
}

/** `undefined`: there is nobody to answer. */
async function answer<F extends Facts>(arrival: Arrival<F>, ids: readonly string[]): Promise<Reply | undefined> {
  const { door, request, received } = arrival;
  const framing = refusedFraming(request, received.headers);
  if (framing !== undefined) return { ...errorReply(400, REASONS[framing].says), close: true };
  if (ids.length > 0 && echoed(ids).length === 0) {
    return errorReply(400, `X-Request-ID must be there once, with at most ${MAX_REQUEST_ID} ASCII characters.`);
  }
  const keptOut = refusedAuthority(received.headers, door.authorities, door.port());
  if (keptOut !== undefined) return errorReply(403, REASONS[keptOut].says);
  const { method = '', url = '' } = request;
  if (url === METADATA && door.policyDecisionPoint !== undefined) {
    return method === 'GET' ? metadataReply(door.policyDecisionPoint) : notAllowed('GET');
  }
  const read = ENDPOINTS.get(url);
  if (read === undefined) return errorReply(404, 'There is no such endpoint.');
  if (method !== 'POST') return notAllowed('POST');
  if (door.draining.aborted) return busyReply('draining');
  return await answerPost(arrival, read);
}

function notAllowed(allow: string): Reply {
  return errorReply(405, `Only ${allow} is served here.`, [['allow', allow]]);
}

function busyReply(reason: ReasonCode): Reply {
  return errorReply(503, REASONS[reason].says, [['retry-after', '1']]);
}

async function answerPost<F extends Facts>(arrival: Arrival<F>, read: ReadRequest): Promise<Reply | undefined> {
  const { door, request, received, held } = arrival;
  const [type = '', ...types] = headerValues(received.headers, 'content-type');
  const isJson = types.length === 0 && CONTENT_TYPE.test(type);
  if (!isJson || headerValues(received.headers, 'content-encoding').length > 0) {
    return errorReply(400, 'The body must be plain application/json.');
  }
  const assembly = door.current();
  const place = assembly.reserve(received);
  if (place.kind !== 'found') return busyReply(place.reason);
  held.use(place.value);
  const body = await readBody(request, door.maxBodyBytes, held.use(door.bodies.lease()));
  if (body.kind === 'gone') return undefined;
  if (body.kind === 'too-large') return { ...errorReply(413, REASONS['body.too-large'].says), close: true };
  if (body.kind === 'no-room') return busyReply('overload.busy');
  const parsed = parseJson(body.bytes, { ...MESSAGE_LIMITS, maxBytes: door.maxBodyBytes });
  if (parsed.kind === 'refused') return errorReply(400, `${REASONS[parsed.reason].says} (byte ${parsed.offset})`);
  const asked = read(parsed.value, door.maxEvaluations);
  if (asked.kind === 'bad') return errorReply(400, asked.message);
  const signal = AbortSignal.any([abortWhenGone(arrival).signal, AbortSignal.timeout(assembly.deadlineMs)]);
  return await evaluateAll(assembly, received, asked, signal);
}
