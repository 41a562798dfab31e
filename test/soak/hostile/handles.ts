import type { Header } from '../../attacks/peer.ts';
import { rawRequest } from '../../attacks/raw-request.ts';
import type { Random } from '../random.ts';
import { type Aim, type Attack, attack, messageText, mirrored, peerOf } from './attack.ts';

/** A request in a session of the legacy era. */
function inSession(
  name: string,
  weight: number,
  session: (aim: Aim, random: Random) => string,
  by: 'good' | 'other' = 'good',
): Attack {
  return attack(name, weight, (aim, random) => {
    const peer = { ...peerOf(aim, random, aim.tokens[by]), era: 'legacy' as const };
    const headers: readonly Header[] = [['mcp-session-id', session(aim, random)]];
    const whole = rawRequest(peer, { body: messageText(peer, 'tools/list', ''), add: headers });
    return random.chance(0.7) ? whole : withoutBody(whole, random.pick(['GET', 'DELETE']));
  });
}

/** The same request with a method that has no body. */
function withoutBody(whole: Uint8Array, httpMethod: string): Uint8Array {
  const [head = ''] = Buffer.from(whole).toString('latin1').split('\r\n\r\n');
  const kept = head.split('\r\n').filter((line) => !/^content-(length|type):/.test(line));
  return Buffer.from(`${kept.join('\r\n').replace(/^POST/, httpMethod)}\r\n\r\n`, 'latin1');
}

/** A name in the body that must have been sealed here. */
function naming(name: string, weight: number, method: string, params: (random: Random) => string): Attack {
  return attack(name, weight, (aim, random) => {
    const peer = peerOf(aim, random);
    return rawRequest(peer, {
      body: messageText(peer, method, params(random)),
      set: mirrored(peer, method, undefined),
    });
  });
}

const opaque = (random: Random): string => random.bytes(8 + random.below(90)).toString('base64url');

/** Sessions, tasks and states that were made up, changed, or belong to somebody else. */
export const HANDLES: readonly Attack[] = [
  inSession('a made-up session', 4, (_aim, random) => opaque(random)),
  inSession('a changed session', 3, ({ session }, random) => {
    const at = random.below(session.length);
    return `${session.slice(0, at)}${session[at] === 'A' ? 'B' : 'A'}${session.slice(at + 1)}`;
  }),
  inSession('the session of another caller', 3, ({ session }) => session, 'other'),
  naming('a made-up task', 3, 'tasks/get', (random) => `"taskId":"${opaque(random)}"`),
  naming('a made-up task to cancel', 2, 'tasks/cancel', (random) => `"taskId":"${opaque(random)}"`),
  naming('a made-up state', 2, 'tools/call', (random) => `"name":"delete_all","requestState":"${opaque(random)}"`),
];
