import assert from 'node:assert/strict';
import type { Upstream } from '../servers/upstream.ts';
import type { HostileCall } from './hostile-call.ts';
import type { Peer } from './peer.ts';
import { type RawAnswer, RawConnection } from './raw-connection.ts';
import { callText, rawRequest } from './raw-request.ts';

/** What a test learned about an attack that was stopped. */
export interface Stopped {
  readonly answer: RawAnswer;
  /** The reason among those expected that the answer names; absent where broken framing got no answer of ours. */
  readonly reason?: string;
}

/**
 * Sends `attack` to a guarded `upstream` by way of `peer` and shows that it was stopped: no tool ran, the answer names one
 * of the expected reasons, and the same connection then serves a harmless call; or, for broken framing, the connection was
 * ended and a new one serves.
 *
 * The guard must allow `echo`. What else it allows does not matter: an attack must not get as far as a rule.
 */
export async function expectStopped(peer: Peer, upstream: Upstream, attack: HostileCall): Promise<Stopped> {
  await upstream.forget();
  using connection = await RawConnection.open(peer.url);
  const answer = await connection.exchange(attack.build(peer));
  assert.deepEqual(await upstream.calls(), [], `${attack.name}: a tool ran`);
  const stopped =
    attack.afterwards === 'closed' ? await expectEnd(connection, answer, attack) : expectReason(answer, attack);
  using next = connection.closed || attack.afterwards === 'closed' ? await RawConnection.open(peer.url) : undefined;
  await expectServes(next ?? connection, peer, upstream, attack);
  return stopped;
}

function expectReason(answer: RawAnswer, { name, refusedFor }: HostileCall): Stopped {
  assert.equal(answer.kind, 'reply', `${name}: no answer`);
  const text = answer.kind === 'reply' ? answer.body : '';
  const reason = refusedFor.find((code) => text.includes(code));
  assert.notEqual(reason, undefined, `${name}: none of ${refusedFor.join(', ')} in ${JSON.stringify(answer)}`);
  return reason === undefined ? { answer } : { answer, reason };
}

async function expectEnd(
  connection: RawConnection,
  answer: RawAnswer,
  { name, refusedFor }: HostileCall,
): Promise<Stopped> {
  const refused = answer.kind === 'closed' || (answer.kind === 'reply' && answer.status >= 400);
  assert.ok(refused, `${name}: ${JSON.stringify(answer)}`);
  assert.equal((await connection.nextReply()).kind, 'closed', `${name}: the connection lives on`);
  const reason = refusedFor.find((code) => answer.kind === 'reply' && answer.body.includes(code));
  return reason === undefined ? { answer } : { answer, reason };
}

async function expectServes(
  connection: RawConnection,
  peer: Peer,
  upstream: Upstream,
  { name }: HostileCall,
): Promise<void> {
  const body = callText(peer, '"name":"echo","arguments":{"text":"after"}');
  const answer = await connection.exchange(rawRequest(peer, { tool: 'echo', body }));
  assert.equal(answer.kind === 'reply' && answer.status, 200, `${name}: then ${JSON.stringify(answer)}`);
  assert.deepEqual(await upstream.calls(), [{ tool: 'echo', args: { text: 'after' } }], `${name}: then`);
}
