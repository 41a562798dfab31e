import { randomUUIDv7 } from 'node:crypto';
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { ReasonCode } from '../../call/reason.ts';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { deny } from '../../decision/verdict.ts';
import type { Door } from './door.ts';
import { peerOf } from './peer.ts';
import { UNROUTED } from '../request/unrouted.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

/** Refuses what Node's parser did not make a request of: records it, answers on the bare socket and closes it. */
export function refuseRaw<F extends Facts>(door: Door<F>, socket: Socket, reason: ReasonCode): void {
  const received: Received = {
    decisionId: randomUUIDv7(),
    server: UNROUTED,
    httpMethod: '',
    headers: [],
    body: undefined,
    peer: peerOf(socket),
    receivedAtMs: door.clock.nowMs(),
  };
  const refusal = deny('admit', reason);
  door.current().recorder.refusal(received, refusal, {});
  if (!socket.writable) return void socket.destroy();
  const { status, headers, body } = writeRefusal({ received, refusal, call: undefined, server: undefined });
  const fields = [...headers, ['content-length', String(body.byteLength)] as const, ['connection', 'close'] as const];
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  socket.on('error', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]), () => socket.destroy());
}
