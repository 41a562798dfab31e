import type { Era, Revision } from './call.ts';
import type { HeaderParams } from './header-agreement.ts';
import type { HeaderFacts } from './read-headers.ts';
import type { Message } from './read-message.ts';
import type { Aim } from './read-target.ts';
import type { Refused } from './refused.ts';
import type { ClientNotification, RequestMethod } from './treatment.ts';

/** What reading needs to know about a family of MCP revisions. Each lives in a folder with the same file names. */
export interface RevisionFamily {
  readonly era: Era;
  /** The methods that exist in it, of those that are known at all. */
  readonly requests: ReadonlySet<RequestMethod>;
  readonly notifications: ReadonlySet<ClientNotification>;
  /** Whether the message is one of this family, and of which revision. */
  readMessage(message: Message, headers: HeaderFacts): ReadRevision | Refused;
  /** Whether the mirrored headers say what the body says. */
  checkHeaders(mirrored: Mirrored): Refused | undefined;
}

export interface ReadRevision {
  readonly kind: 'revision';
  readonly revision: Revision;
}

/** What the headers of one message repeat. */
export interface Mirrored {
  readonly headers: HeaderFacts;
  readonly message: Message;
  readonly aim: Aim;
  /** The `mcp-param-*` fields that the pinned schema of the tool declares; `undefined` when there is no pin. */
  readonly declared: HeaderParams | undefined;
}
