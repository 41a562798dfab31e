import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { close, listen } from '../listen.ts';
import { nodeFace } from '../node-face.ts';
import type { ObservedCall, Upstream } from '../upstream.ts';
import { registerPromptsAndResources } from './prompts-and-resources.ts';
import { registerTools } from './tools.ts';

/** Starts `createMcpHandler` of the 2.x SDK as it comes: both eras on one URL, the legacy one without sessions. */
export async function startV2(): Promise<Upstream> {
  const observed: ObservedCall[] = [];
  let drifted = false;
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'v2', version: '1.0.0' });
    registerTools(server, (call) => observed.push(call), drifted);
    registerPromptsAndResources(server);
    return server;
  });
  const http = createServer(nodeFace(handler));
  const url = await listen(http);
  const stop = async () => {
    await handler.close();
    await close(http);
  };
  return {
    name: 'v2',
    url,
    calls: async () => observed.slice(),
    forget: async () => void observed.splice(0),
    drift: async () => {
      drifted = true;
      handler.notify.toolsChanged();
    },
    close: stop,
    [Symbol.asyncDispose]: stop,
  };
}
