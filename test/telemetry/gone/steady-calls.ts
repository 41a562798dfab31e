import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../../attacks/peer.ts';
import { RawConnection } from '../../attacks/raw-connection.ts';
import { callText, rawRequest } from '../../attacks/raw-request.ts';

/** Calls that are made all the while. */
export interface SteadyCalls {
  /** Made so far. */
  readonly made: number;
  /** Answered with anything but what was asked for. */
  readonly failed: number;
  /** Times of the calls since they were last taken, milliseconds. */
  takeTimes(): number[];
  stop(): Promise<void>;
}

/** Makes so many calls a second at `url`, one after another. */
export function callSteadily(url: string, perSecond: number): SteadyCalls {
  const peer: Peer = { era: 'legacy', url, headers: [['mcp-protocol-version', '2025-11-25']] };
  const body = callText(peer, '"name":"echo","arguments":{"text":"still here"}');
  const request = rawRequest(peer, { tool: 'echo', body });
  const stopping = new AbortController();
  let [made, failed, times]: [number, number, number[]] = [0, 0, []];
  const run = async (): Promise<void> => {
    using connection = await RawConnection.open(url);
    const startedMs = performance.now();
    while (!stopping.signal.aborted) {
      const beganMs = performance.now();
      const answer = await connection.exchange(request);
      times.push(performance.now() - beganMs);
      if (answer.kind !== 'reply' || answer.status !== 200 || !answer.body.includes('still here')) failed += 1;
      made += 1;
      const waitMs = startedMs + (made * 1000) / perSecond - performance.now();
      if (waitMs > 0) await pause(waitMs);
    }
  };
  const running = run();
  return {
    get made() {
      return made;
    },
    get failed() {
      return failed;
    },
    takeTimes() {
      const taken = times;
      times = [];
      return taken;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
