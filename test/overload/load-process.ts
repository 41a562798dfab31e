/** Callers in a process of their own: makes each load that it is sent, and answers with what became of it. */
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { serveLoads } from '../../benchmarks/peers/load-generator.ts';
import type { ClassLoad, ClassResult, Load, LoadResult } from './load.ts';
import { TOOL } from './overload-project.ts';

serveLoads(runLoad);

const MAX_WRONG = 5;
/** How often calls that fell due are sent, milliseconds. */
const TICK_MS = 5;

async function runLoad({ url, forMs, classes }: Load): Promise<LoadResult> {
  const startedMs = performance.now();
  const untilMs = startedMs + forMs;
  const results = await Promise.all(classes.map((one) => runClass(new URL(url), one, untilMs)));
  return { seconds: (performance.now() - startedMs) / 1000, classes: results };
}

async function runClass(url: URL, load: ClassLoad, untilMs: number): Promise<ClassResult> {
  const { offered, tokens } = load;
  const tally = new ClassTally(load);
  const count = 'callers' in offered ? offered.callers : offered.connections;
  const callers = Array.from({ length: count }, (_, at) => new Caller(url, tokens[at % tokens.length] ?? '', tally));
  await ('callers' in offered
    ? Promise.all(callers.map((caller) => callAgain(caller, untilMs)))
    : callInTime(callers, offered.perSecond, tally, untilMs));
  await Promise.all(callers.map((caller) => caller.close()));
  return tally.result();
}

async function callAgain(caller: Caller, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) await caller.call();
}

/** Sends what has fallen due, by whoever is free; the one that was free longest goes first. */
async function callInTime(
  callers: readonly Caller[],
  perSecond: number,
  tally: ClassTally,
  untilMs: number,
): Promise<void> {
  const free = [...callers];
  const startedMs = performance.now();
  let sent = 0;
  for (let nowMs = startedMs; nowMs < untilMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - startedMs) * perSecond) / 1000);
    for (; sent < due; sent += 1) {
      const caller = free.shift();
      if (caller === undefined) tally.unsent += 1;
      else void caller.call().then(() => free.push(caller));
    }
    await setTimeout(TICK_MS);
  }
}

class ClassTally {
  readonly #load: ClassLoad;
  readonly #refused = new Map<string, number>();
  readonly #wrong: string[] = [];
  readonly #servedMs: number[] = [];
  #answered = 0;
  unsent = 0;

  constructor(load: ClassLoad) {
    this.#load = load;
  }

  answered(text: string, tookMs: number): void {
    this.#answered += 1;
    if (text.includes('"text":"done"')) return void this.#servedMs.push(tookMs);
    const reason = /"reason":"([a-z.-]+)"/.exec(text)?.[1];
    if (reason !== undefined) this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    else if (this.#wrong.length < MAX_WRONG) this.#wrong.push(text.slice(0, 300));
  }

  result(): ClassResult {
    const times = this.#servedMs.toSorted((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    return {
      priority: this.#load.priority,
      answered: this.#answered,
      served: times.length,
      refused: Object.fromEntries(this.#refused),
      wrong: this.#wrong,
      unsent: this.unsent,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
  }
}

const HEAD_END = '\r\n\r\n';

/** One connection with one call on it at a time: no HTTP client would make so many so cheaply. */
class Caller {
  readonly #url: URL;
  readonly #request: Buffer;
  readonly #tally: ClassTally;
  #socket: Socket | undefined;
  #unread = '';
  #waiting: { readonly sentMs: number; readonly over: () => void } | undefined;

  constructor(url: URL, token: string, tally: ClassTally) {
    this.#url = url;
    this.#request = requestOf(url, token);
    this.#tally = tally;
  }

  /** Makes a call; resolves when it was answered or its connection was lost. */
  async call(): Promise<void> {
    const socket = (this.#socket ??= this.#open());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { sentMs: performance.now(), over: resolve };
    socket.write(this.#request);
    await promise;
  }

  /** Waits for the answer that is still owed. */
  async close(): Promise<void> {
    for (let waits = 0; this.#waiting !== undefined && waits < 1000; waits += 1) await setTimeout(10);
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    this.#unread = '';
    socket.setEncoding('latin1').on('data', (chunk) => this.#read(String(chunk)));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#answer('connection lost');
    });
    return socket;
  }

  #read(chunk: string): void {
    this.#unread += chunk;
    const head = this.#unread.indexOf(HEAD_END);
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#unread.slice(0, head))?.[1]);
    const end = head + HEAD_END.length + length;
    if (this.#unread.length < end) return;
    const text = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end);
    if (/\r\nconnection: close/i.test(text.slice(0, head))) this.#socket = undefined;
    this.#answer(text);
  }

  #answer(text: string): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#tally.answered(text, performance.now() - waiting.sentMs);
    waiting.over();
  }
}

function requestOf(url: URL, token: string): Buffer {
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${TOOL}","arguments":{"text":"go on"}}}`;
  return Buffer.from(
    [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      'content-type: application/json',
      'accept: application/json, text/event-stream',
      'mcp-protocol-version: 2025-11-25',
      `authorization: Bearer ${token}`,
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
