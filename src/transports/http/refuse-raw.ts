import type { Socket } from 'node:net';
import type { ReasonCode } from '../../call/reason.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Clock } from '../../kit/clock.ts';
import { doorRefusal, refuseAtDoor } from '../refusal/door-refusal.ts';
import { blankReceived } from '../request/blank-received.ts';
import { peerOf } from './peer.ts';
import { writeRaw } from './write-raw.ts';

/** Where such a refusal is recorded, and when it was. */
interface RawRefusals {
  readonly clock: Clock;
  readonly recorder: Pick<Recorder, 'refusal'>;
}

/** Refuses what Node's parser did not make a request of: records it, answers on the bare socket and closes it. */
export function refuseRaw({ clock, recorder }: RawRefusals, socket: Socket, reason: ReasonCode): void {
  const nowMs = clock.nowMs();
  writeRaw(socket, refuseAtDoor(recorder, blankReceived(nowMs, peerOf(socket, nowMs)), doorRefusal(reason)));
}
