/** `_meta` member that names the revision of a self-describing message (2026-07-28). */
export const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion';

/** `_meta` member with what the client can do. */
export const CLIENT_CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
