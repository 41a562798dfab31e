import { setTimeout as sleep } from 'node:timers/promises';
import {
  acceptedContent,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { DRIFTED_DESCRIPTION, type ObservedCall } from '../upstream.ts';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/** Registers the tools of every upstream on a v2 server; each call is told to `observe` before anything else happens. */
export function registerTools(server: McpServer, observe: (call: ObservedCall) => void, drifted: boolean): void {
  registerPlainTools(server, observe, drifted);
  registerSlow(server, observe);
  registerAskingTools(server, observe);
}

function registerPlainTools(server: McpServer, observe: (call: ObservedCall) => void, drifted: boolean): void {
  const echoShape = z.object({ text: z.string() });
  server.registerTool(
    'echo',
    {
      description: drifted ? DRIFTED_DESCRIPTION : 'Says it back.',
      inputSchema: drifted ? echoShape.extend({ note: z.string().optional() }) : echoShape,
      annotations: { readOnlyHint: true },
    },
    (args) => {
      observe({ tool: 'echo', args });
      return text(args.text);
    },
  );
  server.registerTool(
    'add',
    { description: 'Adds two numbers.', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    (args) => {
      observe({ tool: 'add', args });
      return text(String(args.a + args.b));
    },
  );
  server.registerTool(
    'big',
    {
      description: 'Answers with that many bytes.',
      inputSchema: z.object({ bytes: z.number().int().max(16_777_216) }),
    },
    (args) => {
      observe({ tool: 'big', args });
      return text('x'.repeat(args.bytes));
    },
  );
  server.registerTool(
    'send',
    {
      description: 'Sends a text to a region. The region is mirrored in the header Mcp-Param-Region.',
      inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }), text: z.string() }),
    },
    (args) => {
      observe({ tool: 'send', args });
      return text(`sent to ${args.region}`);
    },
  );
  server.registerTool(
    'delete_all',
    { description: 'Deletes everything.', annotations: { destructiveHint: true } },
    () => {
      observe({ tool: 'delete_all', args: {} });
      return text('gone');
    },
  );
}

/** Runs for `ms` milliseconds in four pieces, and tells its progress as each begins. A cancelled run is observed as `slow.cancelled`. */
function registerSlow(server: McpServer, observe: (call: ObservedCall) => void): void {
  server.registerTool(
    'slow',
    { description: 'Takes its time.', inputSchema: z.object({ ms: z.number().int().max(60_000) }) },
    async (args, ctx) => {
      observe({ tool: 'slow', args });
      try {
        for (const step of [1, 2, 3, 4]) {
          await tellProgress(ctx, step, 4);
          await sleep(args.ms / 4, undefined, { signal: ctx.mcpReq.signal });
        }
      } catch (error) {
        observe({ tool: 'slow.cancelled', args });
        throw error;
      }
      return text('done');
    },
  );
}

async function tellProgress(ctx: ServerContext, progress: number, total: number): Promise<void> {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total } });
}

/** Tools that ask the client back: by input requests in the modern era, by server requests in the legacy one (the SDK maps). */
function registerAskingTools(server: McpServer, observe: (call: ObservedCall) => void): void {
  const answer = z.object({ answer: z.string() });
  server.registerTool(
    'ask',
    { description: 'Asks the user.', inputSchema: z.object({ question: z.string() }) },
    ({ question }, ctx) => {
      const accepted = acceptedContent(ctx.mcpReq.inputResponses, 'answer', answer);
      observe({ tool: 'ask', args: { question, accepted } });
      if (accepted !== undefined) return text(`the user says ${accepted.answer}`);
      const elicit = inputRequired.elicit({ message: question, requestedSchema: answer });
      return inputRequired({ inputRequests: { answer: elicit } });
    },
  );
  server.registerTool(
    'think',
    { description: 'Asks the model of the client.', inputSchema: z.object({ prompt: z.string() }) },
    ({ prompt }, ctx) => {
      const thought = inputResponse(ctx.mcpReq.inputResponses, 'thought');
      observe({ tool: 'think', args: { prompt, answered: thought.kind } });
      if (thought.kind === 'sampling') return text(`the model says ${JSON.stringify(thought.result.content)}`);
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }];
      return inputRequired({ inputRequests: { thought: inputRequired.createMessage({ messages, maxTokens: 50 }) } });
    },
  );
}
