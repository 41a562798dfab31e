import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { GREETING, NAMES } from '../upstream.ts';

const startingWith = (value: string | undefined): string[] => NAMES.filter((name) => name.startsWith(value ?? ''));

/** Registers the prompt and the resources of every upstream on a v1 server. */
export function registerPromptsAndResources(server: McpServer): void {
  server.registerPrompt(
    'greet',
    { description: 'Greets someone.', argsSchema: { name: completable(z.string(), startingWith) } },
    ({ name }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}.` } }] }),
  );
  server.registerResource('greeting', 'memo://greeting', { mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: 'text/plain', text: GREETING }],
  }));
  server.registerResource(
    'note',
    new ResourceTemplate('memo://notes/{id}', { list: undefined, complete: { id: startingWith } }),
    { mimeType: 'text/plain' },
    (uri, { id }) => ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: `Note ${String(id)}` }] }),
  );
}
