/** `_meta` member that names the revision of a self-describing message (2026-07-28). */
export const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion';

/** `_meta` member with what the client can do. */
export const CLIENT_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

/** `_meta` member by which legacy messages name the task they belong to (2025-11-25, tasks). */
export const RELATED_TASK = 'io.modelcontextprotocol/related-task';
