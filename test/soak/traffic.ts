import { connect, type Socket } from 'node:net';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import type { Aim, Attack, Shot } from './hostile/attack.ts';
import { ATTACKS, chooseAttack } from './hostile/attacks.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** Those who attack one guard. */
export interface Attackers {
  /** Sends so many hostile requests and counts what comes back. Only senders that stall are still connected then. */
  send(count: number, attacks?: readonly Attack[]): Promise<void>;
  /** Resolves when the guard has had enough of all that stall. */
  finish(): Promise<void>;
}

/** Connections that attack at the same time. */
const AT_ONCE = 16;
/** How often an attacker begins anew although the connection would have served. */
const FRESH = 0.1;
const ANSWER_MS = 20_000;

export function createAttackers(aim: Aim, random: Random, tally: Tally): Attackers {
  const stalling: Promise<void>[] = [];
  /** The sender wants no answer: on a connection of its own. */
  const sendAlone = async (attack: Attack, { bytes, ending }: Shot): Promise<void> => {
    if (ending === 'stall') return void stalling.push(stall(aim, attack, bytes, tally));
    await leave(aim, bytes, ending === 'reset');
    tally.left(attack.name);
  };
  return {
    async send(count, attacks = ATTACKS) {
      let left = count;
      const attacker = async (): Promise<void> => {
        let open: RawConnection | undefined;
        while (left-- > 0) {
          const attack = chooseAttack(random, attacks);
          const shot = attack.shoot(aim, random);
          if (shot.ending !== 'answer') {
            await sendAlone(attack, shot);
            continue;
          }
          const connection = open ?? (await RawConnection.open(aim.url));
          const answer = await connection.exchange(shot.bytes, ANSWER_MS);
          tally.answered(attack.name, answer);
          open = isKept(connection, answer) && !random.chance(FRESH) ? connection : undefined;
          if (open === undefined) connection[Symbol.dispose]();
        }
        open?.[Symbol.dispose]();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, attacker));
    },
    finish: async () => void (await Promise.all(stalling)),
  };
}

/** Whether the guard will serve on this connection again. */
function isKept(connection: RawConnection, answer: RawAnswer): boolean {
  return !connection.closed && answer.kind === 'reply' && answer.headers.get('connection') !== 'close';
}

/** Half a request on a connection of its own, until the guard ends it. */
async function stall({ url }: Aim, { name }: Attack, bytes: Uint8Array, tally: Tally): Promise<void> {
  using connection = await RawConnection.open(url);
  tally.answered(name, await connection.exchange(bytes, ANSWER_MS));
}

/** Writes, and is gone before there can be an answer. */
async function leave({ url }: Aim, bytes: Uint8Array, isCut: boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.once('connect', () => {
      socket.write(bytes, () => (isCut ? socket.resetAndDestroy() : socket.destroy()));
    });
  });
}
