import { connect, type Socket } from 'node:net';
import { RawConnection } from '../attacks/raw-connection.ts';
import type { Aim, Attack, Shot } from './hostile/attack.ts';
import { ATTACKS, chooseAttack } from './hostile/attacks.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** Connections that attack at the same time. */
const ATTACKERS = 16;
/** How often an attacker begins anew although the connection would have served. */
const FRESH = 0.1;
const ANSWER_MS = 20_000;

/** Sends `count` hostile requests, `ATTACKERS` at a time, and counts what came back. Leaves no connection open. */
export async function sendHostile(
  aim: Aim,
  random: Random,
  tally: Tally,
  count: number,
  attacks: readonly Attack[] = ATTACKS,
): Promise<void> {
  let left = count;
  const stalling: Promise<void>[] = [];
  const attacker = async (): Promise<void> => {
    let connection: RawConnection | undefined;
    while (left-- > 0) {
      const attack = chooseAttack(random, attacks);
      const shot = attack.shoot(aim, random);
      if (shot.then === 'stall') {
        stalling.push(stall(aim, attack, shot, tally));
      } else if (shot.then === 'answer') {
        connection = await reuse(aim, connection, random);
        tally.answered(attack.name, await connection.exchange(shot.bytes, ANSWER_MS));
      } else {
        await leave(aim, shot);
        tally.left(attack.name);
      }
    }
    connection?.[Symbol.dispose]();
  };
  await Promise.all(Array.from({ length: ATTACKERS }, attacker));
  await Promise.all(stalling);
}

async function reuse({ url }: Aim, open: RawConnection | undefined, random: Random): Promise<RawConnection> {
  if (open !== undefined && !open.closed && !random.chance(FRESH)) return open;
  open?.[Symbol.dispose]();
  return await RawConnection.open(url);
}

/** Half a request on a connection of its own, until the guard ends it. */
async function stall({ url }: Aim, { name }: Attack, { bytes }: Shot, tally: Tally): Promise<void> {
  using connection = await RawConnection.open(url);
  tally.answered(name, await connection.exchange(bytes, ANSWER_MS));
}

/** Writes, and is gone before there can be an answer. */
async function leave({ url }: Aim, { bytes, then }: Shot): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.once('connect', () => {
      socket.write(bytes, () => (then === 'reset' ? socket.resetAndDestroy() : socket.destroy()));
    });
  });
}
