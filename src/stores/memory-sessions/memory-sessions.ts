import { sha256Base64url } from '../../kit/digest.ts';
import type { Session, SessionRegistry } from '../../stages/handles/session-registry.ts';
import type { EndedSessions } from './ended-sessions.ts';

export interface MemorySessionsOptions {
  /** Open sessions one caller may have. At the cap `initialize` is refused. */
  readonly maxPerOwner: number;
  /** Open sessions that are remembered in all; beyond it the one used longest ago is forgotten, not ended. */
  readonly maxTotal: number;
  /** A session that was not used for so long, milliseconds, is forgotten and makes room. Its next use adopts it again. */
  readonly idleAfterMs: number;
  readonly ended: EndedSessions;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface Entry {
  readonly owner: string;
  readonly usedAtMs: number;
}

/**
 * The session registry in memory.
 *
 * Sessions are kept in the order of their last use, so both idle expiry and the total cap take from the front. Keys are
 * digests of fixed length: a caller cannot make an entry large.
 */
export function createMemorySessions(options: MemorySessionsOptions): SessionRegistry & { readonly size: number } {
  const { maxPerOwner, maxTotal, idleAfterMs, ended, nowMs } = options;
  const open = new Map<string, Entry>();
  const counts = new Map<string, number>();

  const forget = (key: string): void => {
    const owner = open.get(key)?.owner;
    if (owner === undefined) return;
    open.delete(key);
    const count = (counts.get(owner) ?? 1) - 1;
    if (count === 0) counts.delete(owner);
    else counts.set(owner, count);
  };
  const expire = (): void => {
    const before = nowMs() - idleAfterMs;
    for (const [key, { usedAtMs }] of open) {
      if (usedAtMs > before && open.size <= maxTotal) return;
      forget(key);
    }
  };
  const note = (key: string, owner: string): void => {
    forget(key);
    open.set(key, { owner, usedAtMs: nowMs() });
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
    expire();
  };
  const room = (owner: string): boolean => {
    expire();
    return (counts.get(owner) ?? 0) < maxPerOwner;
  };
  return {
    get size() {
      return open.size;
    },
    hasRoom: (owner) => room(digest(owner)),
    open(session) {
      const owner = digest(session.owner);
      const key = keyOf(session);
      if (!open.has(key) && !room(owner)) return 'too-many';
      note(key, owner);
      return 'opened';
    },
    touch(session) {
      const key = keyOf(session);
      if (ended.has(key)) return 'ended';
      const owner = digest(session.owner);
      // At the cap a genuine session that was forgotten still works; it only does not push out another.
      if (open.has(key) || room(owner)) note(key, owner);
      return 'live';
    },
    end(session) {
      const key = keyOf(session);
      ended.add(key);
      forget(key);
    },
  };
}

function digest(text: string): string {
  return sha256Base64url(text).slice(0, 22);
}

function keyOf({ server, owner, upstreamId }: Session): string {
  return digest(JSON.stringify([server, owner, upstreamId]));
}
