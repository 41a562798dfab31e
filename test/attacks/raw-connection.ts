import { connect, type Socket } from 'node:net';

/** An HTTP/1.1 reply as it came. `headers` has lower-case names; of repeats the last. */
export interface RawReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What came back for the bytes that were sent: a whole reply, or the peer closed, or it said nothing in time. */
export type RawAnswer =
  | ({ readonly kind: 'reply' } & RawReply)
  | { readonly kind: 'closed' }
  | { readonly kind: 'silent' };

/** Longer than an answer takes on a slow machine. */
const ANSWER_MS = 30_000;

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * A TCP connection on which a test writes any bytes it likes and reads whole replies. No HTTP client would write what
 * the attacks need: two lengths, folded headers, bytes that are no UTF-8.
 */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Connects to host and port of `url`. */
  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const connection = new RawConnection(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return connection;
  }

  /** The connection on which a client goes on after `answer` to something it sent on this one: a new one, if that ends it. */
  async after(answer: RawReply, url: string): Promise<RawConnection> {
    return answer.headers.get('connection') === 'close' ? await RawConnection.open(url) : this;
  }

  /** Whether the peer has closed the connection. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes `bytes` and answers with the next whole reply. */
  async exchange(bytes: Uint8Array, timeoutMs = ANSWER_MS): Promise<RawAnswer> {
    if (!this.#closed) this.#socket.write(bytes);
    return this.nextReply(timeoutMs);
  }

  /** The next whole reply to what was written before: several answers may come for one write. */
  async nextReply(timeoutMs = ANSWER_MS): Promise<RawAnswer> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const parsed = parseReply(this.#unread, this.#closed);
      if (parsed !== undefined) {
        this.#unread = this.#unread.subarray(parsed.length);
        // 1xx replies announce the real one.
        if (parsed.reply.status >= 200) return { kind: 'reply', ...parsed.reply };
        continue;
      }
      if (this.#closed) return { kind: 'closed' };
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return { kind: 'silent' };
      await this.#change(leftMs);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A whole reply at the start of `bytes` and how long it is there, or `undefined` while it is not whole. */
function parseReply(bytes: Buffer, closed: boolean): { reply: RawReply; length: number } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(statusLine.split(' ')[1]);
  const body = readBody(bytes.subarray(end + HEAD_END.length), headers, status, closed);
  if (body === undefined) return undefined;
  return { reply: { status, headers, body: body.content.toString() }, length: end + HEAD_END.length + body.length };
}

interface Body {
  readonly content: Buffer;
  readonly length: number;
}

function readBody(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  status: number,
  closed: boolean,
): Body | undefined {
  if (status < 200 || status === 204 || status === 304) return { content: Buffer.alloc(0), length: 0 };
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return readChunks(bytes);
  const declared = headers.get('content-length');
  if (declared === undefined) return closed ? { content: bytes, length: bytes.length } : undefined;
  const length = Number(declared);
  return bytes.length < length ? undefined : { content: bytes.subarray(0, length), length };
}

function readChunks(bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { content: Buffer.concat(chunks), length: next };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
