import type { ClientNotification, RequestMethod } from '../treatment.ts';

/** Request methods of 2026-07-28 and its tasks extension. */
export const REQUESTS: ReadonlySet<RequestMethod> = new Set([
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'subscriptions/listen',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
]);

/** Notifications that a client may post; over HTTP, closing the stream is how it cancels. */
export const NOTIFICATIONS: ReadonlySet<ClientNotification> = new Set([
  'notifications/cancelled',
  'notifications/progress',
]);
