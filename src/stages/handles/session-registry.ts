/** One session of one caller on one server. */
export interface Session {
  readonly server: string;
  /** `identity.principal` of the caller that initialised it. */
  readonly owner: string;
  /** The id the upstream gave it. */
  readonly upstreamId: string;
}

/**
 * Which sessions are open and which have ended. The seal proves who owns a session; the registry counts and ends them.
 *
 * Every method is total and bounded in memory whatever the callers do.
 */
export interface SessionRegistry {
  /** Whether `owner` may open another session on `server` now. */
  hasRoom(server: string, owner: string): boolean;
  /** Keeps room for a session that is about to be initialised, until it is disposed. `too-many`: there is none. */
  reserve(server: string, owner: string): Disposable | 'too-many';
  /** Notes a session that was just initialised. `too-many`: the owner is at the cap, and it must not be used. */
  open(session: Session): 'opened' | 'too-many';
  /**
   * Notes a use. A session that is not known but genuinely sealed (after a restart, or long idle) is adopted, unless it is so old
   * that it may have ended and been forgotten.
   *
   * @param openedAtMs When it was sealed, by the wall clock.
   */
  touch(session: Session, openedAtMs: number): 'live' | 'ended';
  /** Ends it for good. */
  end(session: Session): void;
}
