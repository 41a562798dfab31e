/*
 * Names of the OpenTelemetry semantic conventions for generative AI and MCP, schema `gen-ai-dev/1.42.0-dev`, which are still in
 * development: so they are written here, and a test holds each.
 */

/** URL of the conventions that the names below are from. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev';

export const ATTRIBUTE = {
  agentId: 'gen_ai.agent.id',
  operation: 'gen_ai.operation.name',
  toolName: 'gen_ai.tool.name',
  promptName: 'gen_ai.prompt.name',
  method: 'mcp.method.name',
  protocolVersion: 'mcp.protocol.version',
  resourceUri: 'mcp.resource.uri',
  requestId: 'jsonrpc.request.id',
  rpcStatus: 'rpc.response.status_code',
  errorType: 'error.type',
  transport: 'network.transport',
  protocolName: 'network.protocol.name',
  clientAddress: 'client.address',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  httpMethod: 'http.request.method',
  httpStatus: 'http.response.status_code',
  resendCount: 'http.request.resend_count',
} as const;

/** What no convention has a name for. */
export const OWN_ATTRIBUTE = {
  decisionId: 'sallyport.decision.id',
  verdict: 'sallyport.decision.verdict',
  reason: 'sallyport.decision.reason',
  stage: 'sallyport.decision.stage',
  outcome: 'sallyport.outcome',
  server: 'sallyport.server',
  keptFor: 'sallyport.trace.kept_for',
  replyBytes: 'sallyport.reply.bytes',
  detail: 'sallyport.detail',
} as const;

/** The only value of `gen_ai.operation.name` that MCP has a use for. */
export const EXECUTE_TOOL = 'execute_tool';

/** What instrumentations of semantic conventions 1.37 and before call the same, where they have a name for it. */
export const OLD_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  [ATTRIBUTE.toolName, ['mcp.tool.name']],
  [ATTRIBUTE.promptName, ['mcp.prompt.name']],
  [ATTRIBUTE.requestId, ['mcp.request.id', 'rpc.jsonrpc.request_id']],
  [ATTRIBUTE.rpcStatus, ['rpc.jsonrpc.error_code']],
  [ATTRIBUTE.protocolVersion, ['mcp.version']],
  [ATTRIBUTE.transport, ['net.transport']],
  [ATTRIBUTE.serverAddress, ['net.peer.name']],
  [ATTRIBUTE.serverPort, ['net.peer.port']],
  [ATTRIBUTE.httpStatus, ['http.status_code']],
  [ATTRIBUTE.httpMethod, ['http.method']],
]);
