import { type ReplyNeed, replyNeed, type WaivableNeed } from '../../call/reply-need.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Stages } from '../../decision/stages.ts';
import { deny } from '../../decision/verdict.ts';

const MESSAGES: Readonly<Record<ReplyNeed, string>> = {
  lists: 'Lists are not served here.',
  streams: 'Event streams are not served here.',
  sessions: 'Sessions are not served here; revision 2026-07-28 needs none.',
  tasks: 'Tasks are not served here.',
};

/**
 * The same checks, with refusals of what this door cannot carry: a reply that has to be judged, unless the server waives
 * that, and a body that has to be changed.
 *
 * They come right behind authentication: who asks for what cannot be had still learns which credential to bring.
 *
 * @param waivedBy What the server of that name waives.
 */
export function limitToDoor<F extends Facts>(
  stages: Stages<F>,
  waivedBy: (server: string) => ReadonlySet<WaivableNeed>,
): Stages<F> {
  return {
    ...stages,
    async openHandles(call, identity, signal) {
      const need = replyNeed(call);
      if (need !== undefined && (need === 'tasks' || !waivedBy(call.server).has(need))) {
        return deny('handles', 'door.reply-needed', { message: MESSAGES[need] });
      }
      const handles = await stages.openHandles(call, identity, signal);
      const edits = handles.kind === 'found' && handles.value.edits.length > 0;
      return edits ? deny('handles', 'door.edit-needed') : handles;
    },
  };
}
