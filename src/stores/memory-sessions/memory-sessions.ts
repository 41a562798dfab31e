import { sha256Base64url } from '../../kit/digest.ts';
import type { Session, SessionRegistry } from '../../stages/handles/session-registry.ts';
import type { EndedSessions } from './ended-sessions.ts';

export interface MemorySessionsOptions {
  /** Open sessions one caller may have on `server`. At the cap `initialize` is refused. */
  readonly maxPerOwner: (server: string) => number;
  /** Open sessions that are remembered in all; beyond it the one used longest ago is forgotten, not ended. */
  readonly maxTotal: number;
  /** A session that was not used for so long, milliseconds, is forgotten and makes room. Its next use adopts it again. */
  readonly idleAfterMs: number;
  readonly ended: EndedSessions;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface Entry {
  /** Owner and server, as one key. */
  readonly account: string;
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
  const counts = createCounts();
  /** Sessions that are being opened now. */
  const reserved = createCounts();

  const forget = (key: string): void => {
    const account = open.get(key)?.account;
    if (account === undefined) return;
    open.delete(key);
    counts.take(account);
  };
  const expire = (): void => {
    const before = nowMs() - idleAfterMs;
    for (const [key, { usedAtMs }] of open) {
      if (usedAtMs > before && open.size <= maxTotal) return;
      forget(key);
    }
  };
  const note = (key: string, account: string): void => {
    forget(key);
    open.set(key, { account, usedAtMs: nowMs() });
    counts.add(account);
    expire();
  };
  const room = (server: string, account: string): boolean => {
    expire();
    return counts.of(account) + reserved.of(account) < maxPerOwner(server);
  };
  return {
    get size() {
      return open.size;
    },
    hasRoom: (server, owner) => room(server, accountOf({ server, owner })),
    reserve(server, owner) {
      const account = accountOf({ server, owner });
      if (!room(server, account)) return 'too-many';
      reserved.add(account);
      return { [Symbol.dispose]: () => reserved.take(account) };
    },
    open(session) {
      const account = accountOf(session);
      const key = keyOf(session);
      expire();
      // What was reserved for this very session does not count against it.
      if (!open.has(key) && counts.of(account) >= maxPerOwner(session.server)) return 'too-many';
      note(key, account);
      return 'opened';
    },
    touch(session, openedAtMs) {
      const key = keyOf(session);
      const end = ended.has(key, openedAtMs);
      if (end === 'ended' || (end === 'may-have-ended' && !open.has(key))) return 'ended';
      const account = accountOf(session);
      // At the cap a genuine session that was forgotten still works; it only does not push out another.
      if (open.has(key) || room(session.server, account)) note(key, account);
      return 'live';
    },
    end(session) {
      const key = keyOf(session);
      ended.add(key);
      forget(key);
    },
  };
}

interface Counts {
  of(account: string): number;
  add(account: string): void;
  take(account: string): void;
}

/** How many there are by account; an account without any takes no memory. */
function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    of: (account) => counts.get(account) ?? 0,
    add: (account) => void counts.set(account, (counts.get(account) ?? 0) + 1),
    take(account) {
      const left = (counts.get(account) ?? 1) - 1;
      if (left === 0) counts.delete(account);
      else counts.set(account, left);
    },
  };
}

function digest(text: string): string {
  return sha256Base64url(text).slice(0, 22);
}

function accountOf({ server, owner }: Pick<Session, 'server' | 'owner'>): string {
  return digest(JSON.stringify([server, owner]));
}

function keyOf({ server, owner, upstreamId }: Session): string {
  return digest(JSON.stringify([server, owner, upstreamId]));
}
