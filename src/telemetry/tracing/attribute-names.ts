/*
 * Names of the OpenTelemetry semantic conventions for generative AI and MCP, schema `gen-ai-dev/1.42.0-dev`, which are still in
 * development: so they are written here, and a test holds each.
 */

import type { AttributeValue } from './finished-span.ts';

/** URL of the conventions that the names below are from. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev';

/** URL of those that `V1_37` is of. */
export const SCHEMA_URL_1_37 = 'https://opentelemetry.io/schemas/1.37.0';

export const ATTRIBUTE = {
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  provider: 'gen_ai.provider.name',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
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
  caller: 'sallyport.caller',
  inferred: 'sallyport.inferred',
} as const;

/** The only value of `gen_ai.operation.name` that MCP has a use for. */
export const EXECUTE_TOOL = 'execute_tool';
/** The same for what an agent does, or is asked for. */
export const INVOKE_AGENT = 'invoke_agent';

/** Another name of an attribute, with what it says there where that is not the same. */
export interface Alias {
  readonly name: string;
  readonly value?: (value: AttributeValue) => AttributeValue;
}

/**
 * What semantic conventions 1.37.0 call otherwise: they have none for MCP, and JSON-RPC is a kind of RPC in them. What is not here
 * has the same name there, or none.
 */
export const V1_37: ReadonlyMap<string, readonly Alias[]> = new Map<string, readonly Alias[]>([
  [
    ATTRIBUTE.method,
    [
      { name: 'rpc.method' },
      { name: 'rpc.system', value: () => 'jsonrpc' },
      { name: 'rpc.jsonrpc.version', value: () => '2.0' },
    ],
  ],
  [ATTRIBUTE.requestId, [{ name: 'rpc.jsonrpc.request_id' }]],
  [ATTRIBUTE.rpcStatus, [{ name: 'rpc.jsonrpc.error_code', value: Number }]],
]);

/** What conventions before 1.37, and instrumentations of that time, call the same. Many dashboards still ask for it. */
export const OLDER_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  [ATTRIBUTE.provider, ['gen_ai.system']],
  [ATTRIBUTE.toolName, ['mcp.tool.name']],
  [ATTRIBUTE.promptName, ['mcp.prompt.name']],
  [ATTRIBUTE.requestId, ['mcp.request.id']],
  [ATTRIBUTE.protocolVersion, ['mcp.version']],
  [ATTRIBUTE.transport, ['net.transport']],
  [ATTRIBUTE.serverAddress, ['net.peer.name']],
  [ATTRIBUTE.serverPort, ['net.peer.port']],
  [ATTRIBUTE.httpStatus, ['http.status_code']],
  [ATTRIBUTE.httpMethod, ['http.method']],
]);
