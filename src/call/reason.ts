/**
 * Why a call was refused: a closed table of reason codes.
 *
 * A code is stable: clients, dashboards and rules may name it. `docs/reasons/` has a page for each, generated from this
 * table and compared with it in CI. Texts here are for the agent and its developer; they never hold input.
 *
 * @module
 */

/**
 * How a refusal looks on the wire (DESIGN §4, "Refusals an agent can understand").
 *
 * - `malformed`: 400 with a JSON-RPC error. · `mismatch`: 400 with code -32020 (header and body disagree).
 * - `unauthenticated`: 401 challenge. · `forbidden`: 403 challenge `insufficient_scope`. · `origin`: 403 without challenge.
 * - `verdict`: 200; for `tools/call` a tool result with `isError`, else a JSON-RPC error.
 * - `session`: 404 with a JSON-RPC error: the client must initialise anew. · `too-large`: 413. · `unsupported`: 415 or 405.
 * - `overload`: 503 with `Retry-After`. · `fault`: 503: it could not be told.
 */
export type RefusalClass =
  | 'malformed'
  | 'mismatch'
  | 'unauthenticated'
  | 'forbidden'
  | 'origin'
  | 'verdict'
  | 'session'
  | 'too-large'
  | 'unsupported'
  | 'overload'
  | 'fault';

export interface Reason {
  readonly class: RefusalClass;
  /** One sentence: what was found. */
  readonly says: string;
  /** What the caller or the operator can do about it. */
  readonly remedy: string;
  /** For the documentation: what goes wrong where this passes, when that is not plain. */
  readonly why?: string;
}

export const REASONS = {
  'body.encoding': {
    class: 'malformed',
    says: 'The body is not plain UTF-8 without a byte order mark.',
    remedy: 'Send UTF-8, uncompressed, without a byte order mark.',
    why: 'Some servers decode UTF-16, UTF-32 or a byte order mark without being asked, others replace broken\nbytes: the same bytes become different calls.',
  },
  'body.content-type': {
    class: 'unsupported',
    says: 'The Content-Type is not application/json.',
    remedy: 'Send Content-Type: application/json.',
    why: 'A charset or another media type makes some servers decode the body differently, while others ignore it.',
  },
  'body.content-encoding': {
    class: 'unsupported',
    says: 'The request body is declared as compressed.',
    remedy: 'Send the body without Content-Encoding.',
    why: 'Some servers unpack the body whatever it is, others ignore the label and run the plain bytes: the label\nproves nothing in either direction.',
  },
  'body.too-large': {
    class: 'too-large',
    says: 'The body is larger than this server accepts.',
    remedy: 'Send less, or ask the operator to raise max_body_bytes.',
  },
  'body.missing': { class: 'malformed', says: 'The request has no body.', remedy: 'Send one JSON-RPC message.' },
  'body.unexpected': {
    class: 'malformed',
    says: 'A body came with an HTTP method that carries none.',
    remedy: 'Send messages with POST.',
  },
  'json.syntax': {
    class: 'malformed',
    says: 'The body is not one JSON value.',
    remedy: 'Send exactly one JSON object with nothing after it.',
  },
  'json.duplicate-key': {
    class: 'malformed',
    says: 'An object has the same key twice.',
    remedy: 'Send each key once.',
    why: 'Most parsers keep the last one, some the first, and a filter that sees one of them judges another call than\nthe one that runs. Keys are compared after unescaping.',
  },
  'json.case-twin': {
    class: 'malformed',
    says: 'A key differs from a protocol key only by case.',
    remedy: 'Use the exact protocol key.',
    why: "Readers that ignore case, Go's among them, take `Name` for `name`, and also `ſ` for `s` and the Kelvin sign\nfor `k`: two keys then mean the same member.",
  },
  'json.forbidden-key': {
    class: 'malformed',
    says: 'An object has the key __proto__.',
    remedy: 'Use another name.',
    why: 'In JavaScript servers such a member vanishes or changes the object it is in, so that the tool runs with other\narguments than were judged.',
  },
  'json.lone-surrogate': {
    class: 'malformed',
    says: 'A string has a lone surrogate.',
    remedy: 'Send well-formed Unicode.',
    why: 'Half a surrogate pair cannot be written in UTF-8: readers replace it, keep it or fail.',
  },
  'json.nul': {
    class: 'malformed',
    says: 'A string has a NUL character.',
    remedy: 'Remove it.',
    why: 'Text that is cut at the NUL by one reader and not by another names two different things.',
  },
  'json.number': {
    class: 'malformed',
    says: 'A number cannot be held exactly.',
    remedy: 'Send numbers that a double holds as written, or a string.',
    why: '`1e-400` is greater than 0 as a decimal and 0 as a double; `9007199254740993` becomes another integer; `-0`\nloses its sign. What was judged would not be what runs. `1.0`, `1e2` and `0.1` pass.',
  },
  'json.too-deep': { class: 'malformed', says: 'The JSON is nested too deeply.', remedy: 'Send flatter data.' },
  'json.too-many-keys': { class: 'malformed', says: 'The JSON has too many members.', remedy: 'Send fewer.' },
  'rpc.batch': {
    class: 'malformed',
    says: 'JSON-RPC batches are not accepted.',
    remedy: 'Send one message a request.',
    why: 'Batches are gone from MCP since 2025-06-18, but servers still run them, and an answer could not be given to\none call alone.',
  },
  'rpc.envelope': {
    class: 'malformed',
    says: 'The message is not a JSON-RPC 2.0 request, notification or response.',
    remedy: 'Send jsonrpc, method, id and params of the right types and nothing else.',
    why: 'Servers run messages that are two things at once, such as a call with a `result`.',
  },
  'rpc.id': {
    class: 'malformed',
    says: 'A request has no usable id.',
    remedy: 'Send a string or an integer as id.',
    why: 'A request without an id, or with one that readers take differently (`null`, `1.5`, `1.0`, `true`, an integer\nbeyond 2^53), is run as a notification by some servers, and nobody can be answered.',
  },
  'rpc.notification-id': {
    class: 'malformed',
    says: 'A notification has an id.',
    remedy: 'Send notifications without id.',
  },
  'rpc.params': {
    class: 'malformed',
    says: 'params do not fit the method.',
    remedy: 'Send the members the MCP specification asks for.',
  },
  'rpc.method-unknown': {
    class: 'verdict',
    says: 'The method is not one this server may be sent.',
    remedy: 'Ask the operator to list it in allow_methods.',
    why: 'What a method means is not known here, so it cannot be judged. A method of the other era is refused even when\nit is listed.',
  },
  'rpc.notification-unknown': {
    class: 'malformed',
    says: 'The notification is not one this server may be sent.',
    remedy: 'Ask the operator to list it in allow_methods.',
  },
  'mcp.version': {
    class: 'malformed',
    says: 'The protocol version is not one that is read here.',
    remedy: 'Use a published MCP revision.',
  },
  'mcp.header-mismatch': {
    class: 'mismatch',
    says: 'An Mcp-* header does not say what the body says.',
    remedy: 'Derive the headers from the body.',
    why: 'Legacy servers ignore these headers and run the body, while gateways decide by them.',
  },
  'mcp.meta-missing': {
    class: 'malformed',
    says: 'A 2026-07-28 request lacks its _meta members.',
    remedy: 'Send protocolVersion and clientCapabilities in params._meta.',
  },
  'http.method': {
    class: 'unsupported',
    says: 'This HTTP method is not served here.',
    remedy: 'Use POST; GET and DELETE only with a session.',
  },
  'http.header-duplicate': {
    class: 'malformed',
    says: 'A header that must be single came more than once.',
    remedy: 'Send it once.',
    why: 'One reader takes the first, another the last, a third joins them.',
  },
  'http.header-invalid': {
    class: 'malformed',
    says: 'A header has a value that parsers read differently.',
    remedy: 'Send printable ASCII.',
  },
  'http.origin': {
    class: 'origin',
    says: 'The Origin is not listed for this server.',
    remedy: 'Ask the operator to add it to origins.',
  },
  'http.host': {
    class: 'origin',
    says: 'The Host is not listed for this server.',
    remedy: 'Ask the operator to add it to hosts.',
  },
  'http.route': { class: 'unsupported', says: 'No server is configured at this path.', remedy: 'Check the URL.' },
  'http.framing': {
    class: 'malformed',
    says: 'The HTTP message is framed in a way that parsers read differently.',
    remedy:
      'Send plain HTTP/1.1: one Host, one Content-Length or chunked, no Upgrade, no Expect, no body without POST.',
  },
  'http.headers-too-large': {
    class: 'too-large',
    says: 'The header block is larger than this listener accepts, or has too many fields.',
    remedy: 'Send fewer or shorter header fields.',
  },
  'http.caller-gone': {
    class: 'malformed',
    says: 'The caller went away before there was an answer.',
    remedy: 'Wait for the answer, for longer than decision.deadline_ms.',
  },
  'http.slow': {
    class: 'malformed',
    says: 'The request did not arrive in time.',
    remedy: 'Send the whole request at once.',
  },
  'token.missing': {
    class: 'unauthenticated',
    says: 'No access token was sent.',
    remedy: 'Get a token for this resource and send it as Authorization: Bearer.',
  },
  'token.malformed': {
    class: 'unauthenticated',
    says: 'The credential is not one compact JWT.',
    remedy: 'Send exactly one Authorization header with one token.',
  },
  'token.too-large': {
    class: 'unauthenticated',
    says: 'The token is larger than 8 KiB.',
    remedy: 'Ask for fewer grants in one token.',
  },
  'token.header': {
    class: 'unauthenticated',
    says: 'The token header brings a key, a key address or encryption parameters of its own.',
    remedy: 'Ask the issuer for a token without jwk, jku, x5c, x5u, zip, enc or p2c in its header.',
  },
  'token.type': {
    class: 'unauthenticated',
    says: 'The token is not an at+jwt access token.',
    remedy: 'Send an access token, not an ID token or another JWT.',
  },
  'token.algorithm': {
    class: 'unauthenticated',
    says: 'The token is signed with an algorithm that its issuer is not allowed.',
    remedy: 'Ask the issuer to sign with a listed algorithm.',
  },
  'token.critical': {
    class: 'unauthenticated',
    says: 'The token has a critical extension that is not understood.',
    remedy: 'Ask the issuer for a token without it.',
  },
  'token.issuer': {
    class: 'unauthenticated',
    says: 'The token comes from an issuer that is not configured.',
    remedy: 'Get the token from a listed authorization server.',
  },
  'token.key-unknown': {
    class: 'unauthenticated',
    says: 'The key that signed the token is not known.',
    remedy: 'Check that the issuer publishes it.',
  },
  'token.keys-unavailable': {
    class: 'fault',
    says: 'The keys of the token issuer cannot be had now.',
    remedy: 'Retry; the operator should look at the issuer.',
  },
  'token.signature': { class: 'unauthenticated', says: 'The token signature is wrong.', remedy: 'Get a new token.' },
  'token.claims': {
    class: 'unauthenticated',
    says: 'A required claim is missing or has the wrong form.',
    remedy: 'Ask the issuer for an RFC 9068 access token.',
  },
  'token.audience': {
    class: 'unauthenticated',
    says: 'The token is for another resource.',
    remedy: 'Ask for a token with this resource as its only audience.',
  },
  'token.expired': { class: 'unauthenticated', says: 'The token has expired.', remedy: 'Get a new token.' },
  'token.not-yet-valid': { class: 'unauthenticated', says: 'The token is not valid yet.', remedy: 'Check the clocks.' },
  'token.lifetime': {
    class: 'unauthenticated',
    says: 'The token lives longer than is allowed here.',
    remedy: 'Ask for a shorter-lived token.',
  },
  'token.revoked': {
    class: 'unauthenticated',
    says: 'The token has been revoked.',
    remedy: 'Get a new token, if you may.',
  },
  'token.revocations-unavailable': {
    class: 'fault',
    says: 'It cannot be told now whether the token has been revoked.',
    remedy: 'Retry; the operator should look at the revocations file.',
  },
  'token.status-unchecked': {
    class: 'unauthenticated',
    says: 'The token may be on a status list, which is not consulted here.',
    remedy:
      'Ask the issuer for a short-lived token without status, or the operator to ignore status lists of this issuer.',
  },
  'token.failures': {
    class: 'overload',
    says: 'This token was found bad too often, or too many bad ones came from the same address.',
    remedy:
      'Wait as long as the answer says, and send a token that is good. Tokens that were good before are not kept out.',
  },
  'token.proof-missing': {
    class: 'unauthenticated',
    says: 'The token is bound to a key and came without proof of it.',
    remedy: 'Connect with the certificate the token is bound to.',
  },
  'token.grant-malformed': {
    class: 'unauthenticated',
    says: 'The grant in the token cannot be read.',
    remedy: 'Ask the issuer to correct authorization_details.',
  },
  'stop.in-force': {
    class: 'verdict',
    says: 'An operator has stopped this.',
    remedy: 'Do not try again, unless the answer says when. Ask the operator.',
    why: 'A stop of an agent, a tool, a server, a caller, a transaction, a token or everything refuses whatever rules say,\nuntil it ends or is lifted.',
  },
  'stop.unknown': {
    class: 'fault',
    says: 'It cannot be told now whether an operator has stopped this.',
    remedy: 'Retry; the operator should look at the store.',
    why: 'An instance that could not read for 5 seconds what is stopped refuses tools that can do more than read.',
  },
  'session.unknown': {
    class: 'session',
    says: 'The session id is not one that was issued here.',
    remedy: 'Initialise a new session.',
  },
  'session.not-owner': {
    class: 'session',
    says: 'The session belongs to another caller.',
    remedy: 'Initialise a session of your own.',
  },
  'session.ended': { class: 'session', says: 'The session has ended.', remedy: 'Initialise a new session.' },
  'session.too-many': {
    class: 'overload',
    says: 'This caller has too many open sessions.',
    remedy: 'End sessions that are not used.',
  },
  'session.missing': {
    class: 'malformed',
    says: 'This request needs a session.',
    remedy: 'Initialise a session first.',
  },
  'handle.unknown': {
    class: 'verdict',
    says: 'The task id or state was not issued to this caller here.',
    remedy: 'Use the value as it was returned to you.',
  },
  'grant.missing': {
    class: 'forbidden',
    says: 'The token grants nothing on this server.',
    remedy: 'Ask for a token with authorization_details for it.',
  },
  'grant.not-covered': {
    class: 'forbidden',
    says: 'The token does not grant this tool, prompt or resource.',
    remedy: 'Ask for a token that names it.',
  },
  'grant.arguments': {
    class: 'verdict',
    says: 'The token does not grant these arguments.',
    remedy: 'Stay within the grant.',
  },
  'grant.schema-changed': {
    class: 'verdict',
    says: 'The token was granted for another definition of this tool.',
    remedy: 'Get a new token for the current definition.',
  },
  'tool.unknown': {
    class: 'verdict',
    says: 'The tool is not in the catalogue of this server.',
    remedy: 'Call a listed tool; the operator can accept new ones with sallyport catalogue accept.',
  },
  'tool.quarantined': {
    class: 'verdict',
    says: 'The definition of the tool changed since it was accepted.',
    remedy: 'The operator must look at sallyport catalogue diff.',
  },
  'tool.unusable': {
    class: 'verdict',
    says: 'The pinned definition of the tool cannot be enforced.',
    remedy: 'The operator must run sallyport catalogue diff.',
  },
  'tool.arguments': {
    class: 'verdict',
    says: 'The arguments do not fit the input schema of the tool.',
    remedy: 'Correct the arguments as the schema says.',
  },
  'policy.no-allow': { class: 'verdict', says: 'No rule allows this call.', remedy: 'Ask the operator for a rule.' },
  'policy.denied': { class: 'verdict', says: 'A rule denies this call.', remedy: 'See the message of the rule.' },
  'policy.requirement': {
    class: 'verdict',
    says: 'A rule requires something that does not hold.',
    remedy: 'See the message of the rule.',
  },
  'policy.arguments': {
    class: 'verdict',
    says: 'The rule that would allow this call does not allow these arguments.',
    remedy: 'Change the argument as the message says.',
  },
  'policy.ambiguous-resource': {
    class: 'verdict',
    says: 'The resource URI can be read in more than one way.',
    remedy: 'Send it in normal form, as it is listed: see the guide to policies.',
  },
  'policy.error': {
    class: 'fault',
    says: 'A rule could not be evaluated.',
    remedy: 'The operator should look at the record of this decision.',
  },
  'limit.unavailable': {
    class: 'fault',
    says: 'What was called before cannot be counted now.',
    remedy: 'Retry later. The operator should look at the store of limits.',
    why: 'A limit that says closed refuses while its store is lost: nobody can tell how much of it is left.',
  },
  'limit.exceeded': { class: 'verdict', says: 'Too many calls.', remedy: 'Wait as long as the answer says.' },
  'budget.exceeded': {
    class: 'verdict',
    says: 'What may be used in all has been used up.',
    remedy: 'Wait as long as the answer says, or ask for a new token or for more: see the page about budgets.',
    why: 'A budget bounds what one token, one task or one caller can do in all, however slowly it goes about it.',
  },
  'budget.unpriced': {
    class: 'verdict',
    says: 'The cost of this call is to be counted, and no rule says what it is.',
    remedy: 'The operator should add a rule with a price in the unit of the budget; 0 for what is free.',
    why: 'A budget that some calls pass uncounted is none.',
  },
  'budget.uncounted': {
    class: 'fault',
    says: 'What was used before is not known, so it counts as used up.',
    remedy: 'The operator should run sallyport store init. Then get a new token.',
    why: 'Redis was never made ready, or came back empty: what stood there could have been used up, and would be there\nonce more. A token that was issued before the store was made ready stays refused until it expires.',
  },
  'breaker.open': {
    class: 'verdict',
    says: 'The tool fails or is too slow for most calls just now, so this one was not tried.',
    remedy: 'Wait as long as the answer says, or do without the tool. The operator should look at the tool server.',
  },
  'bulkhead.full': {
    class: 'verdict',
    says: 'The tool, or its server, has as many calls in progress as it may have.',
    remedy:
      'Retry as late as the answer says. The operator may raise max_calls_per_tool, calls_kept_per_tenant, max_upstream_connections or max_upstream_bytes.',
    why: 'A tool that is slow for some would otherwise take up what all the others need.',
  },
  'overload.shed': {
    class: 'overload',
    says: 'There is too much to do, and calls like this one are the first that are not taken.',
    remedy: 'Retry as late as the answer says. The operator may give the caller a higher priority in the rules.',
    why: 'Work that nobody waits for would otherwise make what people wait for slow or impossible.',
  },
  'overload.busy': {
    class: 'overload',
    says: 'There is no room for another call now.',
    remedy: 'Retry after a pause.',
  },
  'door.reply-needed': {
    class: 'verdict',
    says: 'The reply to this would have to be judged, and the way this request came sees no replies.',
    remedy: 'Use tools by name, or ask the operator for a listener that judges replies.',
  },
  'door.edit-needed': {
    class: 'verdict',
    says: 'This request would have to be changed on its way, and the way it came can change no bodies.',
    remedy: 'Ask the operator for a listener that can change requests.',
  },
  'door.body-needed': {
    class: 'verdict',
    says: 'This message would have to be read, and the way it came shows no bodies.',
    remedy: 'Ask the operator for a listener that sees whole requests.',
    why: 'What a call asks for stands in its body, and its headers may say something else. Nothing is allowed unread.',
  },
  'draining': { class: 'overload', says: 'The service is stopping.', remedy: 'Retry; another instance will answer.' },
  'record.unavailable': {
    class: 'fault',
    says: 'The call cannot be recorded, so it cannot be allowed.',
    remedy: 'The operator should look at the record directory.',
  },
  'fault.reloaded': {
    class: 'fault',
    says: 'The configuration changed while the decision was made.',
    remedy: 'Retry.',
  },
  'fault.timeout': { class: 'fault', says: 'The decision was not ready in time.', remedy: 'Retry.' },
  'fault.internal': {
    class: 'fault',
    says: 'It could not be told whether this call is allowed.',
    remedy: 'The operator should look at the record of this decision.',
  },
  'reply.unreadable': {
    class: 'fault',
    says: 'The reply of the tool server cannot be judged.',
    remedy: 'The operator should look at the tool server.',
  },
  'reply.too-large': {
    class: 'fault',
    says: 'The reply of the tool server is too large to judge.',
    remedy: 'Ask for less, or ask the operator to raise max_reply_bytes.',
  },
  'stream.too-old': {
    class: 'fault',
    says: 'The stream was open for as long as is allowed.',
    remedy: 'Open a new one.',
  },
  'upstream.busy': {
    class: 'overload',
    says: 'The tool server has as many calls in progress as it may have.',
    remedy: 'Retry after a pause, or ask the operator to raise max_upstream_connections.',
  },
  'upstream.unreachable': { class: 'fault', says: 'The tool server did not answer.', remedy: 'Retry later.' },
  'upstream.timeout': {
    class: 'fault',
    says: 'The tool server did not answer in time.',
    remedy: 'Retry later, or ask the operator to raise reply_timeout_ms.',
  },
  'upstream.cut': {
    class: 'fault',
    says: 'The tool server ended the reply without an answer.',
    remedy: 'Retry if the call is safe to repeat.',
  },
  'upstream.status': {
    class: 'fault',
    says: 'The tool server answered with an HTTP error and nothing that can be judged.',
    remedy: 'The operator should look at the tool server.',
  },
  'upstream.credential': {
    class: 'fault',
    says: 'The tool server did not accept the credential it was shown.',
    remedy: 'The operator should look at the credential of this server.',
  },
  'upstream.redirect': {
    class: 'fault',
    says: 'The tool server answered with a redirect, which is never followed.',
    remedy: 'The operator should configure the address it points to.',
  },
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;
