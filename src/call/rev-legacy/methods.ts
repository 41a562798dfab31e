import type { ClientNotification, RequestMethod } from '../treatment.ts';

/** Request methods of 2024-11-05 … 2025-11-25. */
export const REQUESTS: ReadonlySet<RequestMethod> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'tasks/list',
  'tasks/get',
  'tasks/result',
  'tasks/cancel',
]);

/** Notifications that a client of those revisions sends. */
export const NOTIFICATIONS: ReadonlySet<ClientNotification> = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
  'notifications/tasks/status',
]);
