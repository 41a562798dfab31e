import { randomUUIDv7 } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ReasonCode } from '../../call/reason.ts';
import type { Received } from '../../call/received.ts';
import type { Recorder } from '../../decision/record.ts';
import { deny } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { UNROUTED } from '../request/unrouted.ts';
import { peerOf } from './peer.ts';
import { writeRaw } from './write-raw.ts';

/** Where such a refusal is recorded, and when it was. */
interface RawRefusals {
  readonly clock: Clock;
  readonly recorder: Pick<Recorder, 'refusal'>;
}

/** Refuses what Node's parser did not make a request of: records it, answers on the bare socket and closes it. */
export function refuseRaw({ clock, recorder }: RawRefusals, socket: Socket, reason: ReasonCode): void {
  const received: Received = {
    decisionId: randomUUIDv7(),
    server: UNROUTED,
    httpMethod: '',
    headers: [],
    body: undefined,
    peer: peerOf(socket),
    receivedAtMs: clock.nowMs(),
  };
  const refusal = deny('admit', reason);
  recorder.refusal(received, refusal, {});
  writeRaw(socket, writeRefusal({ received, refusal, call: undefined, server: undefined }));
}
