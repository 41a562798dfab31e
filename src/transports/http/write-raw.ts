import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Reply } from '../refusal/reply.ts';

/** Writes a whole reply on a connection of which Node's parser made no request, and closes it. */
export function writeRaw(socket: Socket, { status, headers, body }: Reply): void {
  if (!socket.writable) return void socket.destroy();
  const fields = [...headers, ['content-length', String(body.byteLength)] as const, ['connection', 'close'] as const];
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  socket.on('error', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]), () => socket.destroy());
}
