import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { PNG } from './content.ts';

const config = (mimeType: string) => ({ mimeType, description: 'Fixture of the conformance suite.' });

/** The resources that the conformance suite asks for. */
export function registerResources(server: McpServer): void {
  server.registerResource('static-text', 'test://static-text', config('text/plain'), ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }));
  server.registerResource('static-binary', 'test://static-binary', config('image/png'), ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'image/png', blob: PNG }],
  }));
  server.registerResource('watched', 'test://watched-resource', config('text/plain'), ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'Watched resource content' }],
  }));
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined });
  server.registerResource('template', template, config('application/json'), ({ href: uri }, { id }) => {
    const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` });
    return { contents: [{ uri, mimeType: 'application/json', text }] };
  });
}
