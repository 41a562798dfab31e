import type { ModeOverride } from './mode-override.ts';

/**
 * The request is held until its body was seen. Its trailers are shown too: Envoy lets a request pass whose body is empty and
 * which ends with trailers that nobody asked for, and nothing more of it would be shown.
 */
export const HOLD_REQUEST: ModeOverride = { requestBody: 'BUFFERED', requestTrailer: 'SEND', responseBody: 'BUFFERED' };

/** The request goes on as it is. Its reply is held until somebody looks. */
export const PASS_REQUEST: ModeOverride = { requestBody: 'NONE', responseBody: 'BUFFERED' };

/** The reply is held until its body was seen. Trailers may come without one. */
export const HOLD_REPLY: ModeOverride = { responseBody: 'BUFFERED', responseTrailer: 'SEND' };

/** The reply begins now, and each piece of it comes by here. */
export const STREAM_REPLY: ModeOverride = { responseBody: 'FULL_DUPLEX_STREAMED', responseTrailer: 'SEND' };

/** There is nothing more to see. */
export const PASS_REPLY: ModeOverride = {};
