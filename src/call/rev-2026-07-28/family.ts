import type { RevisionFamily } from '../revision-family.ts';
import { checkHeaders } from './check-headers.ts';
import { NOTIFICATIONS, REQUESTS } from './methods.ts';
import { readMessage } from './read-message.ts';

/** 2026-07-28: every request describes itself; no handshake, no session, POST only. */
export const modernFamily: RevisionFamily = {
  era: 'modern',
  requests: REQUESTS,
  notifications: NOTIFICATIONS,
  readMessage,
  checkHeaders,
};
