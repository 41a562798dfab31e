import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { close, listen } from './listen.ts';
import { nodeFace } from './node-face.ts';

/** A server whose tool waits for its test. */
export interface WaitingServer extends AsyncDisposable {
  readonly url: string;
  /** Lets the tool finish. */
  readonly finish: () => void;
}

/** Starts an official server of both eras whose tool `wait` tells its progress and then waits. */
export async function startWaiting(): Promise<WaitingServer> {
  const finish = Promise.withResolvers<void>();
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'waiting', version: '1.0.0' });
    server.registerTool('wait', { description: 'Waits.' }, async (ctx) => {
      const { _meta, notify } = ctx.mcpReq;
      const progressToken = _meta?.progressToken ?? assert.fail('no progress token');
      await notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
      await finish.promise;
      return { content: [{ type: 'text', text: 'done' }] };
    });
    return server;
  });
  const http = createServer(nodeFace(handler));
  const url = await listen(http);
  return {
    url,
    finish: () => finish.resolve(),
    async [Symbol.asyncDispose]() {
      finish.resolve();
      await handler.close();
      await close(http);
    },
  };
}
