import type { RevisionFamily } from '../revision-family.ts';
import { checkHeaders } from './check-headers.ts';
import { NOTIFICATIONS, REQUESTS } from './methods.ts';
import { readMessage } from './read-message.ts';

/** 2024-11-05 … 2025-11-25: `initialize`, sessions, GET streams, client responses. */
export const legacyFamily: RevisionFamily = {
  era: 'legacy',
  requests: REQUESTS,
  notifications: NOTIFICATIONS,
  readMessage,
  checkHeaders,
};
