import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';

/** Tools with arguments: said back, measured, and one that clients mirror in a header (SEP-2243). */
export function registerPlainTools(server: McpServer): void {
  const texts = z.object({ text: z.string() });
  const region = z.string().meta({ 'x-mcp-header': 'Region' });
  server.registerTool('echo', { description: 'Says it back.', inputSchema: texts }, (args) => text(args.text));
  server.registerTool('measure', { description: 'Says how long it is.', inputSchema: texts }, (args) =>
    text(String(args.text.length)),
  );
  server.registerTool(
    'send',
    { description: 'Sends a text to a region.', inputSchema: z.object({ region, text: z.string().optional() }) },
    (args) => text(`sent to ${args.region}`),
  );
}
