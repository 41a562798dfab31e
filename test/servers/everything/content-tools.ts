import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import { image, resource, text, WAV } from './content.ts';
import { SCHEMA_2020_12 } from './schema-2020-12.ts';

/** Tools that answer with each kind of content, with an error, and one with a schema that uses much of JSON Schema 2020-12. */
export function registerContentTools(server: McpServer): void {
  const answers = {
    test_simple_text: () => text('This is a simple text response for testing.'),
    test_image_content: () => ({ content: [image()] }),
    test_audio_content: () => ({ content: [{ type: 'audio' as const, data: WAV, mimeType: 'audio/wav' }] }),
    test_embedded_resource: () => ({
      content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
    }),
    test_multiple_content_types: () => ({
      content: [
        ...text('Multiple content types test:').content,
        image(),
        resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    }),
    test_error_handling: () => {
      throw new Error('This tool intentionally returns an error for testing');
    },
  };
  for (const [name, answer] of Object.entries(answers)) {
    server.registerTool(name, { description: `Fixture of the conformance suite: ${name}.` }, answer);
  }
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Tool with JSON Schema 2020-12 features', inputSchema: fromJsonSchema(SCHEMA_2020_12) },
    (args) => text(`JSON Schema 2020-12 tool called with: ${JSON.stringify(args)}`),
  );
}
