import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { GrpcAddress } from './grpc-server.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const FRAME = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, PING: 6, GOAWAY: 7, CONTINUATION: 9 } as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

/** One HTTP/2 frame as it came (RFC 9113 §4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A connection on which every byte is the test's own. */
export interface RawConnection {
  readonly socket: Socket;
  readonly frames: readonly Frame[];
  send(type: number, flags: number, streamId: number, payload?: Uint8Array): void;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  /** Resolves once a frame like this is there. */
  until(matches: (frame: Frame) => boolean): Promise<Frame>;
}

/** Connects, says the preface unless told otherwise, and answers SETTINGS. */
export async function rawConnection(address: GrpcAddress, preface = true): Promise<RawConnection> {
  const socket = address.kind === 'socket' ? connect(address.path) : connect(address.port, address.host);
  const connection = rawFrames(socket, preface);
  await once(socket, 'connect');
  return connection;
}

/** The same on a socket that is there already, whatever becomes of it. */
export function rawFrames(socket: Socket, preface = true): RawConnection {
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const send: RawConnection['send'] = (type, flags, streamId, payload = new Uint8Array(0)) => {
    if (socket.writable) socket.write(encode(type, flags, streamId, payload));
  };
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let size = sizeOf(rest); size <= rest.length; size = sizeOf(rest)) {
      const frame = decode(rest.subarray(0, size));
      rest = rest.subarray(size);
      frames.push(frame);
      if (frame.type === FRAME.SETTINGS && frame.flags === 0) send(FRAME.SETTINGS, 1, 0);
    }
    for (const look of waiting) look();
  });
  if (preface) {
    socket.write(PREFACE);
    send(FRAME.SETTINGS, 0, 0);
  }
  const until: RawConnection['until'] = (matches) => {
    const { promise, resolve } = Promise.withResolvers<Frame>();
    const look = (): void => {
      const found = frames.find(matches);
      if (found === undefined) return;
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
    return promise;
  };
  return { socket, frames, send, closed, until };
}

/** Header fields in HPACK, each a literal that is not indexed (RFC 7541 §6.2.2). */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** The header fields of a correct call. */
export function callHeaders(path: string): Buffer {
  return headerBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'server'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = bytes.length < 127 ? [bytes.length] : longLength(bytes.length - 127);
  return Buffer.concat([Buffer.from(length), bytes]);
}

function longLength(rest: number): number[] {
  const bytes = [127];
  let left = rest;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

function encode(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

function sizeOf(bytes: Buffer): number {
  return bytes.length < 9 ? Infinity : 9 + bytes.readUIntBE(0, 3);
}

function decode(bytes: Buffer): Frame {
  return { type: bytes[3] ?? 0, flags: bytes[4] ?? 0, streamId: bytes.readUInt32BE(5), payload: bytes.subarray(9) };
}
