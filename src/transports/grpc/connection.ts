import { constants, type ServerHttp2Session } from 'node:http2';
import { FrameRate } from './frame-rate.ts';

/** PING and SETTINGS frames: Envoy sends one in seconds, a flood makes us answer each. */
const CONTROL_FRAMES = { burst: 100, perSecond: 10 };
/** Bytes that pay for one more: gRPC in Go sends a PING with much of what it sends, to learn how long the way is. */
const PAYING_BYTES = 256;

/** One connection of engine 2. */
export class Connection {
  readonly #session: ServerHttp2Session;

  constructor(session: ServerHttp2Session) {
    this.#session = session;
    // What breaks a connection is the peer's doing; the calls on it hear of it by their streams.
    session.on('error', () => {});
    this.#limitControlFrames();
  }

  /**
   * Asks the peer to open no more calls; the connection closes when its last one is over.
   *
   * One GOAWAY, which names the last call that was taken: what the peer had sent after it, it may send elsewhere (RFC 9113
   * §6.8). A first one that refuses nothing yet is not to be had: nghttp2 reads no new stream after any that Node can send.
   */
  drain(): void {
    if (!this.#session.destroyed && !this.#session.closed) this.#session.close();
  }

  /** Closes it now. */
  destroy(): void {
    this.#session.destroy();
  }

  #limitControlFrames(): void {
    const rate = new FrameRate(CONTROL_FRAMES, performance.now());
    let paidBytes = 0;
    const count = (): void => {
      const { bytesRead } = this.#session.socket;
      const paid = bytesRead - paidBytes >= PAYING_BYTES;
      paidBytes = bytesRead;
      if (paid || rate.allows(performance.now())) return;
      this.#session.destroy(new Error('too many control frames'), constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    this.#session.on('ping', count);
    this.#session.on('remoteSettings', count);
  }
}
