import type { ElicitRequestFormParams, McpServer, RequestId } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';

type FormSchema = ElicitRequestFormParams['requestedSchema'];

const NAME_AND_EMAIL: FormSchema = {
  type: 'object',
  properties: {
    username: { type: 'string', description: "User's response" },
    email: { type: 'string', description: "User's email address" },
  },
  required: ['username', 'email'],
};

const DEFAULTS: FormSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
};

const titled = (...titles: [value: string, title: string][]) =>
  titles.map(([value, title]) => ({ const: value, title }));

const ENUMS: FormSchema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: {
      type: 'string',
      oneOf: titled(['value1', 'First Option'], ['value2', 'Second Option'], ['value3', 'Third Option']),
    },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: {
      type: 'array',
      items: { anyOf: titled(['value1', 'First Choice'], ['value2', 'Second Choice'], ['value3', 'Third Choice']) },
    },
  },
};

/**
 * On the stream of the call, as the specification wants: on the one that the client opens by GET it would be lost whenever the call
 * overtakes that.
 */
const related = ({ id }: { readonly id: RequestId }): { readonly relatedRequestId: RequestId } => ({
  relatedRequestId: id,
});

/** Tools that send a request to the client in the middle of a call: the legacy way to ask a person or a model. */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the model of the client.', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }];
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 }, related(mcpReq));
      const first = Array.isArray(content) ? content[0] : content;
      return text(`LLM response: ${first?.type === 'text' ? first.text : JSON.stringify(first)}`);
    },
  );
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user.', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, { mcpReq }) => {
      const { action, content } = await mcpReq.elicitInput(
        { message, requestedSchema: NAME_AND_EMAIL },
        related(mcpReq),
      );
      return text(`User response: action=${action}, content=${JSON.stringify(content ?? {})}`);
    },
  );
  registerForm(
    server,
    'test_elicitation_sep1034_defaults',
    'Please review and update the form fields with defaults',
    DEFAULTS,
  );
  registerForm(server, 'test_elicitation_sep1330_enums', 'Please select options from the enum fields', ENUMS);
}

function registerForm(server: McpServer, name: string, message: string, requestedSchema: FormSchema): void {
  server.registerTool(name, { description: `Fixture of the conformance suite: ${name}.` }, async ({ mcpReq }) => {
    const { action, content } = await mcpReq.elicitInput({ message, requestedSchema }, related(mcpReq));
    return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
  });
}
