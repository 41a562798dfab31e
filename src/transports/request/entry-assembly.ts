import type { Received } from '../../call/received.ts';
import type { Identity } from '../../decision/facts.ts';
import type { Recorder } from '../../decision/record.ts';
import type { Found } from '../../decision/verdict.ts';

/** What of an assembly a door asks before it reads a body. */
export interface EntryAssembly {
  readonly recorder: Recorder;
  /** Longest time until there is a verdict, milliseconds. */
  readonly deadlineMs: number;
  /** Takes the place of an exchange before its body is read; the check `admit` then finds it taken. */
  reserve(received: Received): Found<Disposable>;
  /** Who sends a request, by a token for `resource`. Asked where that must be known before the checks find it out. */
  identify(
    received: Received,
    asked: { readonly resource: string | undefined },
    signal: AbortSignal,
  ): Promise<Found<Identity>>;
}
