/** What is sealed of a session. */
interface SealedSession {
  /** What the upstream calls it: visible ASCII. */
  readonly upstreamId: string;
  /** When it was opened, milliseconds since the epoch; 0 when that was not sealed yet. */
  readonly openedAtMs: number;
}

/** The text that is sealed. */
export function printSession({ upstreamId, openedAtMs }: SealedSession): string {
  return `${openedAtMs} ${upstreamId}`;
}

/** Reads it back; earlier versions sealed the upstream's id alone, which has no space in it. */
export function readSession(text: string): SealedSession {
  const [, time, upstreamId] = /^(\d{1,15}) (.*)$/.exec(text) ?? [];
  return upstreamId === undefined ? { upstreamId: text, openedAtMs: 0 } : { upstreamId, openedAtMs: Number(time) };
}
