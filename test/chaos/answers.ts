import { setTimeout as pause } from 'node:timers/promises';
import type { LoadAnswer } from '../envoy/load/call-load.ts';
import type { Reading } from '../envoy/load/read-answer.ts';
import { SERVERS, type ServerName } from './stage.ts';

/** One call of a trial, over. */
export interface ChaosAnswer extends LoadAnswer {
  readonly server: ServerName;
}

/** `completed`, or how it was refused (`503 limit.unavailable`), or what it was instead of an answer. */
export function saying(reading: Reading): string {
  switch (reading.kind) {
    case 'completed':
      return 'completed';
    case 'refused':
      return `${reading.status} ${reading.why}`;
    case 'wrong':
      return reading.what;
  }
}

/** Whether a call was answered as it is when nothing is wrong: also when its limit is used up. */
export function isWell({ reading }: ChaosAnswer): boolean {
  return reading.kind === 'completed' || (reading.kind === 'refused' && reading.why === 'limit.exceeded');
}

const LOOK_MS = 10;

/** The answers of a trial, in the order in which they came. */
export class Answers {
  readonly all: ChaosAnswer[] = [];

  add(answer: ChaosAnswer): void {
    this.all.push(answer);
  }

  /** Waits until `isSo` says so, at most `ms` milliseconds. @returns Whether it did. */
  async until(isSo: () => boolean, ms: number): Promise<boolean> {
    const lastMs = performance.now() + ms;
    while (!isSo()) {
      if (performance.now() > lastMs) return false;
      await pause(LOOK_MS);
    }
    return true;
  }

  /** Whether each server has completed so many calls. */
  haveCompleted(calls: number): boolean {
    return SERVERS.every((server) => this.#of(server).filter(isWell).length >= calls);
  }

  /** Whether callers were told each of these since then. */
  haveSaid(patterns: readonly RegExp[], sinceMs: number): boolean {
    const said = this.all.filter(({ sentMs }) => sentMs >= sinceMs).map(({ reading }) => saying(reading));
    return patterns.every((pattern) => said.some((one) => pattern.test(one)));
  }

  /** Whether the last so many calls of each server that were sent since then were well. */
  areWell(calls: number, sinceMs: number): boolean {
    return SERVERS.every((server) => {
      const last = this.#of(server)
        .filter(({ sentMs }) => sentMs >= sinceMs)
        .slice(-calls);
      return last.length === calls && last.every(isWell);
    });
  }

  #of(server: ServerName): ChaosAnswer[] {
    return this.all.filter((one) => one.server === server);
  }
}
