import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { close, listen } from '../servers/listen.ts';
import { nodeFace } from '../servers/node-face.ts';

/** A server whose tool takes what belongs to people, and what is secret. */
export interface PeopleServer extends AsyncDisposable {
  readonly url: string;
  /** What it was called with. */
  readonly received: unknown[];
}

const PERSON = z.object({
  email: z.email(),
  password: z.string().max(64),
  pin: z.number().int().optional(),
  contact: z.strictObject({ phone: z.string() }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  note: z.string().optional(),
});

/** Starts it, with an official server of the 2.x SDK. */
export async function startPeople(): Promise<PeopleServer> {
  const received: unknown[] = [];
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'people', version: '1.0.0' });
    server.registerTool('register', { description: 'Takes somebody in.', inputSchema: PERSON }, (args) => {
      received.push(args);
      return { content: [{ type: 'text', text: 'done' }] };
    });
    return server;
  });
  const http = createServer(nodeFace(handler));
  return {
    url: await listen(http),
    received,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await close(http);
    },
  };
}
