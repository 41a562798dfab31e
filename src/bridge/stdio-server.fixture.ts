import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

// A stdio MCP server, started as a process of its own by the tests of the bridge.
const server = new McpServer({ name: 'stdio', version: '1.0.0' }, { capabilities: { logging: {} } });
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
let calls = 0;

server.registerTool('count', { description: 'Counts its calls.' }, () => text(String((calls += 1))));

server.registerTool('environment', { description: 'Names the variables it sees.' }, () =>
  text(JSON.stringify(Object.keys(process.env).toSorted())),
);

server.registerTool('echo', { description: 'Says it back.', inputSchema: z.object({ text: z.string() }) }, (args) =>
  text(args.text),
);

server.registerTool('progress', { description: 'Tells its progress and finishes when told.' }, async (ctx) => {
  const progressToken = ctx.mcpReq._meta?.progressToken ?? 'none';
  await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
  const answer = await ctx.mcpReq.elicitInput({
    message: 'go on?',
    requestedSchema: { type: 'object', properties: {} },
  });
  return text(answer.action);
});

server.registerTool('die', { description: 'Ends the process.' }, () => process.exit(1));

await server.connect(new StdioServerTransport());
