import type { Call } from '../../call/call.ts';
import { type ReplyNeed, replyNeed, type WaivableNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Stages } from '../../decision/stages.ts';
import { type Deny, deny } from '../../decision/verdict.ts';

const MESSAGES: Readonly<Record<ReplyNeed, string>> = {
  lists: 'Lists are not served here.',
  streams: 'Event streams are not served here.',
  sessions: 'Sessions are not served here; revision 2026-07-28 needs none.',
  tasks: 'Tasks are not served here.',
};

const COST_IN_REPLY = 'What this call costs stands in its reply, and no replies are seen here.';

/** What a listener that is only asked can carry beside a yes or no. */
export interface DoorReach {
  /** What the server of that name waives. */
  readonly waivedBy: (server: string) => ReadonlySet<WaivableNeed>;
  /** Whether the server of that name has all its replies judged. */
  readonly judgesAll: (server: string) => boolean;
  /**
   * Who judges replies and changes bodies. `none`: nobody, by configuration. `never`: nobody can, behind such a door.
   * `missing`: nobody does, and somebody should.
   */
  readonly replies: () => 'ext_proc' | 'none' | 'never' | 'missing';
}

/**
 * The same checks, with refusals of what this door cannot carry: a reply that has to be judged, unless the server waives
 * that, and a body that has to be changed.
 *
 * They come right behind authentication: who asks for what cannot be had still learns which credential to bring.
 */
export function limitToDoor<F extends Facts>(stages: Stages<F>, reach: DoorReach): Stages<F> {
  return {
    ...stages,
    async openHandles(call, identity, signal) {
      const replies = reach.replies();
      const unserved = replies === 'ext_proc' ? undefined : refuseReply(call, replies, reach);
      if (unserved !== undefined) return unserved;
      const handles = await stages.openHandles(call, identity, signal);
      if (replies === 'ext_proc' || handles.kind !== 'found' || handles.value.edits.length === 0) return handles;
      return deny('handles', 'door.edit-needed', {}, DETAILS[replies]);
    },
    async takeLimits(call, identity, ruling, undo, signal) {
      const reservation = await stages.takeLimits(call, identity, ruling, undo, signal);
      const replies = reach.replies();
      if (replies === 'ext_proc' || reservation.kind !== 'found' || reservation.value.readsReply !== true) {
        return reservation;
      }
      return deny('limit', 'door.reply-needed', { message: COST_IN_REPLY }, DETAILS[replies]);
    },
  };
}

/** For the record. */
const DETAILS: Readonly<Record<Exclude<ReturnType<DoorReach['replies']>, 'ext_proc'>, string>> = {
  none: 'the listener has replies: none',
  never: 'such a listener sees no replies and changes no bodies',
  missing: 'ext_proc is not attached: no stream came for the last replies that were to be judged',
};

function refuseReply(call: Call, replies: keyof typeof DETAILS, { waivedBy, judgesAll }: DoorReach): Deny | undefined {
  const need = replyNeed(call);
  if (need !== undefined && (need === 'tasks' || !waivedBy(call.server).has(need))) {
    return deny('handles', 'door.reply-needed', { message: MESSAGES[need] }, DETAILS[replies]);
  }
  return judgesAll(call.server) ? deny('handles', 'door.reply-needed', {}, DETAILS[replies]) : undefined;
}
