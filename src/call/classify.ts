import type { Message } from './read-message.ts';
import { refused, type Refused } from './refused.ts';
import type { RevisionFamily } from './revision-family.ts';
import {
  CLIENT_NOTIFICATIONS,
  type ClientNotification,
  HTTP_OPERATIONS,
  type Operation,
  REQUEST_METHODS,
  type RequestMethod,
  type Treatment,
} from './treatment.ts';

/** A method that may be sent, and how it is treated. */
export interface Classified {
  readonly kind: 'classified';
  readonly operation: Operation;
  readonly treatment: Treatment;
}

/**
 * Finds the method in the tables of its family, or on the server's allow-list.
 *
 * A treated method of the other era is refused even when it is listed: there it would pass without its treatment.
 */
export function classify(
  message: Message,
  family: RevisionFamily,
  allowMethods: ReadonlySet<string>,
): Classified | Refused {
  if (message.kind === 'response') return classified('http/response', HTTP_OPERATIONS['http/response']);
  const { kind, method } = message;
  if (kind === 'request') {
    if (isRequest(method)) {
      return family.requests.has(method) ? classified(method, REQUEST_METHODS[method]) : refused('rpc.method-unknown');
    }
    return allowMethods.has(method) ? classified('extension', 'extension') : refused('rpc.method-unknown');
  }
  if (isNotification(method)) {
    if (family.notifications.has(method)) return classified(method, CLIENT_NOTIFICATIONS[method]);
    return refused('rpc.notification-unknown');
  }
  return allowMethods.has(method) ? classified('extension', 'extension') : refused('rpc.notification-unknown');
}

function classified(operation: Operation, treatment: Treatment): Classified {
  return { kind: 'classified', operation, treatment };
}

function isRequest(method: string): method is RequestMethod {
  return Object.hasOwn(REQUEST_METHODS, method);
}

function isNotification(method: string): method is ClientNotification {
  return Object.hasOwn(CLIENT_NOTIFICATIONS, method);
}
