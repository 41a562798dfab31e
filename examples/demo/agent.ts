import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** The official clients that the demo calls with. */
export const CLIENTS = ['SDK 2.4, 2026-07-28', 'SDK 2.4, legacy', 'SDK 1.32, legacy'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** An agent: an official MCP client with a token. */
export interface Agent extends AsyncDisposable {
  /** What the model would be shown. */
  call(tool: string, args: Record<string, unknown>): Promise<CallAnswer>;
  tools(): Promise<readonly ListedTool[]>;
}

export interface CallAnswer {
  readonly isError: boolean;
  readonly text: string;
}

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: Record<string, unknown>;
}

/** Connects. @throws what the client throws when it is not let in. */
export async function connectAgent(name: ClientName, url: string, token: string): Promise<Agent> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const info = { name: 'demo-agent', version: '1.0.0' };
  if (name === 'SDK 1.32, legacy') {
    const client = new OldClient(info);
    await client.connect(new OldTransport(new URL(url), { requestInit }));
    return agentOf(client);
  }
  const mode = name === 'SDK 2.4, legacy' ? 'legacy' : { pin: '2026-07-28' };
  const client = new Client(info, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return agentOf(client);
}

/** What both generations of the client have in common. */
interface AnyClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<object>;
  listTools(): Promise<{ tools: readonly ListedTool[] }>;
  close(): Promise<void>;
}

function agentOf(client: AnyClient): Agent {
  return {
    async call(tool, args) {
      const result = (await client.callTool({ name: tool, arguments: args })) as {
        isError?: boolean;
        content?: readonly { type: string; text?: string }[];
      };
      const text = (result.content ?? []).map((block) => block.text ?? `[${block.type}]`).join('\n');
      return { isError: result.isError === true, text };
    },
    tools: async () => (await client.listTools()).tools,
    [Symbol.asyncDispose]: () => client.close(),
  };
}
