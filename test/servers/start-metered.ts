import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { close, listen } from './listen.ts';
import { nodeFace } from './node-face.ts';

/** A tool server whose replies say what they cost. */
export interface MeteredServer extends AsyncDisposable {
  readonly url: string;
  /** Calls that reached a tool. */
  readonly calls: number;
  /** Lets the calls of `wait` that are under way end. */
  finish(): void;
}

/** Starts one on the official SDK: `think` says that it cost as many tokens as it is told, `wait` takes until it is let go. */
export async function startMetered(): Promise<MeteredServer> {
  let calls = 0;
  let waiting: (() => void)[] = [];
  const finish = (): void => {
    const all = waiting;
    waiting = [];
    for (const end of all) end();
  };
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'metered', version: '1.0.0' });
    const tokens = z.object({ tokens: z.number() });
    server.registerTool(
      'think',
      {
        description: 'Thinks.',
        inputSchema: tokens,
        outputSchema: z.object({ usage: z.object({ total: z.number() }) }),
      },
      (args) => {
        calls += 1;
        return {
          content: [{ type: 'text' as const, text: 'thought' }],
          structuredContent: { usage: { total: args.tokens } },
          _meta: { 'example.com/tokens': args.tokens },
        };
      },
    );
    server.registerTool('wait', { description: 'Waits.', inputSchema: z.object({}) }, async () => {
      calls += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise;
      return { content: [{ type: 'text' as const, text: 'waited' }] };
    });
    return server;
  });
  const http = createServer(nodeFace(handler));
  return {
    url: await listen(http),
    get calls() {
      return calls;
    },
    finish,
    async [Symbol.asyncDispose]() {
      finish();
      await handler.close();
      await close(http);
    },
  };
}
