import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';

/** A tool with an argument that clients mirror in a header (SEP-2243). */
export function registerHeaderTool(server: McpServer): void {
  const region = z.string().meta({ 'x-mcp-header': 'Region' });
  server.registerTool(
    'send',
    { description: 'Sends a text to a region.', inputSchema: z.object({ region, text: z.string().optional() }) },
    (args) => text(`sent to ${args.region}`),
  );
  server.registerTool('echo', { description: 'Says it back.', inputSchema: z.object({ text: z.string() }) }, (args) =>
    text(args.text),
  );
}
