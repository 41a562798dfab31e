import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { ANSWERS, type ClientDriver } from './driver.ts';
import { type ClientSession, type Listed, runSteps } from './session.ts';

/** The 1.x TypeScript client, which knows the legacy era only. */
export const ts1: ClientDriver = {
  name: 'ts-1 legacy',
  era: 'legacy',
  run: (url, steps, headers = {}) => runSteps(() => connect(url, headers), steps, url),
};

async function connect(url: string, headers: Readonly<Record<string, string>>): Promise<ClientSession> {
  const client = new Client(
    { name: 'driver', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} } },
  );
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: ANSWERS.form }));
  client.setRequestHandler(CreateMessageRequestSchema, () => ANSWERS.model);
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [...ANSWERS.roots] }));
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  return session(client, transport);
}

function session(client: Client, transport: StreamableHTTPClientTransport): ClientSession {
  return {
    greeting: () => [client.getServerVersion(), client.getServerCapabilities(), client.getInstructions() ?? null],
    list: (what) => list(client, what),
    call: (name, args, { signal, onProgress } = {}) =>
      client.callTool({ name, arguments: { ...args } }, undefined, {
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onprogress: onProgress }),
      }),
    read: (uri) => client.readResource({ uri }),
    prompt: (name, args) => client.getPrompt({ name, arguments: { ...args } }),
    complete: (name, argument, value) =>
      client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } }),
    async listen(heard) {
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => heard());
      return async () => {};
    },
    leave: () => transport.terminateSession(),
    close: () => client.close(),
  };
}

function list(client: Client, what: Listed): Promise<unknown> {
  const lists = {
    tools: () => client.listTools(),
    prompts: () => client.listPrompts(),
    resources: () => client.listResources(),
    templates: () => client.listResourceTemplates(),
  };
  return lists[what]();
}
