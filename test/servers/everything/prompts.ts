import { acceptedContent, completable, inputRequired, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { image, resource } from './content.ts';

const user = <T>(content: T) => ({ role: 'user' as const, content });
const said = (value: string) => user({ type: 'text' as const, text: value });
const CITIES = ['paris', 'park', 'party'];

/** The prompts that the conformance suite asks for. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'A prompt without arguments.' }, () => ({
    messages: [said('This is a simple prompt for testing.')],
  }));
  const argument = completable(z.string().describe('A test argument'), (value) =>
    CITIES.filter((city) => city.startsWith(value)),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'A prompt with arguments.', argsSchema: z.object({ arg1: argument, arg2: z.string() }) },
    ({ arg1, arg2 }) => ({ messages: [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A prompt with a resource.', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        user(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
        said('Please process the embedded resource above.'),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt with an image.' }, () => ({
    messages: [user(image()), said('Please analyze the image above.')],
  }));
  registerAskingPrompt(server);
}

function registerAskingPrompt(server: McpServer): void {
  const context = z.object({ context: z.string() });
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'A prompt that asks first.' },
    ({ mcpReq }) => {
      const accepted = acceptedContent(mcpReq.inputResponses, 'user_context', context);
      if (accepted !== undefined) return { messages: [said(`Use this context: ${accepted.context}`)] };
      const user_context = inputRequired.elicit({
        message: 'What context should the prompt use?',
        requestedSchema: context,
      });
      return inputRequired({ inputRequests: { user_context } });
    },
  );
}
