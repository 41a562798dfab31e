import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { ANSWERS, type ClientDriver } from './driver.ts';
import { type ClientSession, type Listed, runSteps } from './session.ts';

/** The 2.x TypeScript client pinned to one era. */
export function ts2(era: 'legacy' | 'modern'): ClientDriver {
  return {
    name: `ts-2 ${era}`,
    era,
    run: (url, steps, headers = {}) => runSteps(() => connect(url, era, headers), steps, url),
  };
}

async function connect(
  url: string,
  era: 'legacy' | 'modern',
  headers: Readonly<Record<string, string>>,
): Promise<ClientSession> {
  const client = new Client(
    { name: 'driver', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
      versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: ANSWERS.form }));
  client.setRequestHandler('sampling/createMessage', () => ANSWERS.model);
  client.setRequestHandler('roots/list', () => ({ roots: [...ANSWERS.roots] }));
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  return session(client, transport, era);
}

function session(client: Client, transport: StreamableHTTPClientTransport, era: 'legacy' | 'modern'): ClientSession {
  return {
    greeting: () => [client.getServerVersion(), client.getServerCapabilities(), client.getInstructions() ?? null],
    list: (what) => list(client, what),
    call: (name, args, { signal, onProgress } = {}) =>
      client.callTool(
        { name, arguments: { ...args } },
        {
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onprogress: onProgress }),
        },
      ),
    read: (uri) => client.readResource({ uri }),
    prompt: (name, args) => client.getPrompt({ name, arguments: { ...args } }),
    complete: (name, argument, value) =>
      client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } }),
    async listen(heard) {
      client.setNotificationHandler('notifications/tools/list_changed', () => heard());
      if (era === 'legacy') return async () => {};
      const subscription = await client.listen({ toolsListChanged: true });
      return () => subscription.close();
    },
    leave: async () => (era === 'legacy' ? transport.terminateSession() : undefined),
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
