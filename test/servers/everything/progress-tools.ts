import { setTimeout as sleep } from 'node:timers/promises';
import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';

/** What a tool may do to the lists of the whole server and to the stream it answers on. */
export interface Announcements {
  toolsChanged(): void;
  promptsChanged(): void;
}

/** Tools that send something before their result: log messages, progress, list changes, a closed stream. */
export function registerProgressTools(server: McpServer, announce: Announcements): void {
  const register = (name: string, run: (ctx: ServerContext) => Promise<string>) =>
    server.registerTool(name, { description: `Fixture of the conformance suite: ${name}.` }, async (ctx) =>
      text(await run(ctx)),
    );
  register('test_tool_with_logging', logThrice);
  register('test_logging_tool', logThrice);
  register('test_tool_with_progress', reportProgress);
  register('test_reconnection', closeStreamInBetween);
  register('test_trigger_tool_change', async () => {
    announce.toolsChanged();
    return 'tools changed';
  });
  register('test_trigger_prompt_change', async () => {
    announce.promptsChanged();
    return 'prompts changed';
  });
  registerSlow(server);
}

async function logThrice({ mcpReq }: ServerContext): Promise<string> {
  await mcpReq.log('info', 'Tool execution started');
  await sleep(50);
  await mcpReq.log('info', 'Tool processing data');
  await sleep(50);
  await mcpReq.log('info', 'Tool execution completed');
  return 'Tool with logging executed successfully';
}

async function reportProgress({ mcpReq }: ServerContext): Promise<string> {
  const progressToken = mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    await (progressToken === undefined
      ? sleep(0)
      : mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } }));
    await sleep(50);
  }
  return `progress reported: ${String(progressToken)}`;
}

/** Ends the stream without the result, which the client then fetches with GET and Last-Event-ID (SEP-1699). */
async function closeStreamInBetween({ http }: ServerContext): Promise<string> {
  http?.closeSSE?.();
  await sleep(100);
  return 'Reconnection test completed successfully';
}

/** Says that it has begun, then takes `ms` milliseconds unless it is cancelled. */
function registerSlow(server: McpServer): void {
  server.registerTool(
    'slow',
    { description: 'Takes its time.', inputSchema: z.object({ ms: z.number().int().max(60_000) }) },
    async ({ ms }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken !== undefined) {
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 0, total: ms } });
      }
      await sleep(ms, undefined, { signal: mcpReq.signal });
      return text('done');
    },
  );
}
