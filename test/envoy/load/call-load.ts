import { setTimeout as pause } from 'node:timers/promises';
import type { Header } from '../../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../../attacks/raw-connection.ts';
import { type LoadKind, loadMessage } from './load-message.ts';
import { type Reading, readAnswer } from './read-answer.ts';

/** One call of a load, over. */
export interface LoadAnswer {
  /** Its JSON-RPC id. */
  readonly id: number;
  readonly kind: LoadKind;
  /** When it was sent and when its answer was whole, milliseconds of `performance.now()`. */
  readonly sentMs: number;
  readonly endedMs: number;
  readonly reading: Reading;
}

export interface CallLoadOptions {
  /** Of the server, through Envoy. */
  readonly url: string;
  /** Connections, each with one call on its way. */
  readonly connections: number;
  /** What is called: every how manieth call asks for the list. 0: none does, 1: all do. */
  readonly listEvery?: number;
  /** Of every request, such as a token. */
  readonly headers?: readonly Header[];
  /** Told of each call that is over. */
  readonly onAnswer: (answer: LoadAnswer) => void;
}

/** Callers that make one call after the other, each call another, and read every answer. */
export interface CallLoad {
  /** Makes so many calls, on `connections` or on as many as are said here. Connections are kept until the load is closed. */
  run(calls: number, connections?: number): Promise<void>;
  /** Makes calls until `stop` aborts; resolves when the last one was answered. */
  runUntil(stop: AbortSignal): Promise<void>;
  /** Closes the connections. */
  close(): void;
}

/** Rest of a caller that was told to come again later, milliseconds. */
const REST_MS = 50;
const ANSWER_MS = 30_000;

export function createCallLoad(options: CallLoadOptions): CallLoad {
  const { connections, onAnswer, listEvery = 0 } = options;
  const idle: RawConnection[] = [];
  let last = 0;
  const connected = async (): Promise<RawConnection> => {
    const kept = idle.pop();
    if (kept === undefined) return await RawConnection.open(options.url);
    return kept.closed ? await connected() : kept;
  };
  const call = async (): Promise<void> => {
    const id = (last += 1);
    const kind: LoadKind = listEvery > 0 && id % listEvery === 0 ? 'list' : 'echo';
    const connection = await connected();
    const sentMs = performance.now();
    const answer = await connection.exchange(requestOf(options, kind, id), ANSWER_MS);
    const reading = readAnswer(answer, kind, id);
    if (isKept(connection, answer)) idle.push(connection);
    else connection[Symbol.dispose]();
    onAnswer({ id, kind, sentMs, endedMs: performance.now(), reading });
    if (reading.kind === 'refused' && reading.status === 503) await pause(REST_MS);
  };
  const all = async (callers: number, isOver: () => boolean): Promise<void> => {
    const caller = async (): Promise<void> => {
      while (!isOver()) await call();
    };
    await Promise.all(Array.from({ length: callers }, caller));
  };
  return {
    async run(calls, callers = connections) {
      let left = calls;
      await all(callers, () => left-- <= 0);
    },
    runUntil: (stop) => all(connections, () => stop.aborted),
    close() {
      for (const connection of idle.splice(0)) connection[Symbol.dispose]();
    },
  };
}

/** The bytes of one call. */
export function requestOf(
  { url, headers = [] }: Pick<CallLoadOptions, 'url' | 'headers'>,
  kind: LoadKind,
  id: number,
): Buffer {
  const { host, pathname } = new URL(url);
  const message = loadMessage(kind, id);
  const length = Buffer.byteLength(message.body);
  const fields: readonly Header[] = [
    ['host', host],
    ['content-length', String(length)],
    ...message.headers,
    ...headers,
  ];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines}\r\n${message.body}`);
}

/** Whether the next call may use it. */
export function isKept(connection: RawConnection, answer: RawAnswer): boolean {
  return !connection.closed && answer.kind === 'reply' && answer.headers.get('connection') !== 'close';
}
