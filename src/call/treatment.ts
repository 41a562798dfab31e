/**
 * How each MCP method is treated. The table is total: a method that is not in it is refused (DESIGN §4), unless the
 * server's `allow_methods` names it.
 *
 * @module
 */

/** What a method needs before it may pass. */
export type Treatment =
  /** `tools/call`: grant, pinned tool, arguments, policy and all that follows. */
  | 'tool'
  /** `prompts/get`: grant and policy by prompt name. */
  | 'prompt'
  /** `resources/read`, `resources/subscribe`, `resources/unsubscribe`: grant and policy by URI. */
  | 'resource'
  /** `completion/complete`: as the prompt or resource it completes for. */
  | 'completion'
  /** A list: passes for an authenticated caller; the reply is filtered. */
  | 'list'
  /** `tasks/*`: only with a task id that was sealed for this caller. */
  | 'task'
  /** Housekeeping of the connection: passes for an authenticated caller; deny and require rules can still name it. */
  | 'session'
  /** A notification from the client. */
  | 'notification'
  /** A client's answer to a server's request (legacy elicitation, sampling, roots). */
  | 'response'
  /** An event stream (GET, or `subscriptions/listen`), judged event by event and ended with its token. */
  | 'stream'
  /** A method or notification that this server's `allow_methods` names. */
  | 'extension';

/** Every request method of the revisions read, `tasks/*` of both generations included. */
export const REQUEST_METHODS = {
  'initialize': 'session',
  'ping': 'session',
  'server/discover': 'session',
  'logging/setLevel': 'session',
  'tools/list': 'list',
  'tools/call': 'tool',
  'prompts/list': 'list',
  'prompts/get': 'prompt',
  'resources/list': 'list',
  'resources/templates/list': 'list',
  'resources/read': 'resource',
  'resources/subscribe': 'resource',
  'resources/unsubscribe': 'resource',
  'completion/complete': 'completion',
  'subscriptions/listen': 'stream',
  'tasks/list': 'task',
  'tasks/get': 'task',
  'tasks/result': 'task',
  'tasks/update': 'task',
  'tasks/cancel': 'task',
} as const satisfies Record<string, Treatment>;

/** Every notification a client may send. */
export const CLIENT_NOTIFICATIONS = {
  'notifications/initialized': 'notification',
  'notifications/cancelled': 'notification',
  'notifications/progress': 'notification',
  'notifications/roots/list_changed': 'notification',
  'notifications/tasks/status': 'notification',
} as const satisfies Record<string, Treatment>;

/** Exchanges of Streamable HTTP that carry no message from the client. */
export const HTTP_OPERATIONS = {
  'http/get-stream': 'stream',
  'http/delete-session': 'session',
  'http/response': 'response',
} as const satisfies Record<string, Treatment>;

export type RequestMethod = keyof typeof REQUEST_METHODS;
export type ClientNotification = keyof typeof CLIENT_NOTIFICATIONS;
export type HttpOperation = keyof typeof HTTP_OPERATIONS;
export type Operation = RequestMethod | ClientNotification | HttpOperation | 'extension';
