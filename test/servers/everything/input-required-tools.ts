import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  type CallToolResult,
  type ClientCapabilities,
  type InputRequiredResult,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';

type Answer = CallToolResult | InputRequiredResult;
/** What travels through the client between two rounds, signed. */
export interface Round {
  readonly round: number;
}

const askName = (message: string) => inputRequired.elicit({ message, requestedSchema: z.object({ name: z.string() }) });
const askOk = () => inputRequired.elicit({ message: 'Please confirm', requestedSchema: z.object({ ok: z.boolean() }) });
const askModel = (question: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: question } }], maxTokens });

/** Tools that answer with the input they need before they can be completed: one way of asking each (MRTR, 2026-07-28). */
export function registerInputRequiredTools(server: McpServer, states: RequestStateCodec<Round>): void {
  const register = (name: string, run: (ctx: ServerContext) => Answer | Promise<Answer>) =>
    server.registerTool(`test_input_required_result_${name}`, { description: `Asks for input: ${name}.` }, run);
  register('elicitation', askForName);
  register('sampling', askForCapital);
  register('list_roots', askForRoots);
  register('request_state', (ctx) => confirmWithState(ctx, states));
  register('tampered_state', (ctx) => confirmWithState(ctx, states));
  register('multiple_inputs', (ctx) => askForThree(ctx, states));
  register('multi_round', (ctx) => askTwice(ctx, states));
  register('capabilities', askForWhatTheClientCan);
  server.registerTool('test_missing_capability', { description: 'Needs sampling.' }, askForCapital);
  server.registerTool('test_streaming_elicitation', { description: 'Asks for input.' }, askForName);
}

function askForName({ mcpReq }: ServerContext): Answer {
  const accepted = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
  if (accepted !== undefined) return text(`Hello, ${accepted.name}!`);
  return inputRequired({ inputRequests: { user_name: askName('What is your name?') } });
}

function askForCapital({ mcpReq }: ServerContext): Answer {
  const answer = inputResponse(mcpReq.inputResponses, 'capital_question');
  if (answer.kind === 'sampling') return text(`The model says: ${JSON.stringify(answer.result.content)}`);
  return inputRequired({ inputRequests: { capital_question: askModel('What is the capital of France?', 100) } });
}

function askForRoots({ mcpReq }: ServerContext): Answer {
  const answer = inputResponse(mcpReq.inputResponses, 'client_roots');
  if (answer.kind === 'roots') return text(`Roots: ${answer.roots.map(({ uri }) => uri).join(', ')}`);
  return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
}

async function confirmWithState({ mcpReq }: ServerContext, states: RequestStateCodec<Round>): Promise<Answer> {
  const confirmed = acceptedContent(mcpReq.inputResponses, 'confirm', z.object({ ok: z.boolean() }));
  if (confirmed !== undefined && mcpReq.requestState<Round>()?.round === 1) return text('state-ok');
  return inputRequired({ inputRequests: { confirm: askOk() }, requestState: await states.mint({ round: 1 }) });
}

async function askForThree({ mcpReq }: ServerContext, states: RequestStateCodec<Round>): Promise<Answer> {
  const name = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
  const greeting = inputResponse(mcpReq.inputResponses, 'greeting');
  const roots = inputResponse(mcpReq.inputResponses, 'client_roots');
  if (name !== undefined && greeting.kind === 'sampling' && roots.kind === 'roots') {
    return text(`${name.name}: ${JSON.stringify(greeting.result.content)}, ${roots.roots.length} roots`);
  }
  const inputRequests = {
    user_name: askName('What is your name?'),
    greeting: askModel('Generate a greeting', 50),
    client_roots: inputRequired.listRoots(),
  };
  return inputRequired({ inputRequests, requestState: await states.mint({ round: 1 }) });
}

async function askTwice({ mcpReq }: ServerContext, states: RequestStateCodec<Round>): Promise<Answer> {
  const round = mcpReq.requestState<Round>()?.round ?? 0;
  const name = acceptedContent(mcpReq.inputResponses, 'step1', z.object({ name: z.string() }));
  const color = acceptedContent(mcpReq.inputResponses, 'step2', z.object({ color: z.string() }));
  if (round === 2 && color !== undefined) return text(`The favorite color is ${color.color}`);
  if (round === 1 && name !== undefined) {
    const step2 = inputRequired.elicit({
      message: 'Step 2: What is your favorite color?',
      requestedSchema: z.object({ color: z.string() }),
    });
    return inputRequired({ inputRequests: { step2 }, requestState: await states.mint({ round: 2 }) });
  }
  const step1 = askName('Step 1: What is your name?');
  return inputRequired({ inputRequests: { step1 }, requestState: await states.mint({ round: 1 }) });
}

/** Asks only in the ways that the client of this very request declared. */
function askForWhatTheClientCan({ mcpReq }: ServerContext): Answer {
  if (Object.keys(mcpReq.inputResponses ?? {}).length > 0) return text('thank you');
  // The published declarations leave the envelope's members out.
  const envelope: { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } | undefined = mcpReq.envelope;
  const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
  const inputRequests = {
    ...(capabilities.elicitation === undefined ? {} : { user_name: askName('What is your name?') }),
    ...(capabilities.sampling === undefined ? {} : { greeting: askModel('Generate a greeting', 50) }),
    ...(capabilities.roots === undefined ? {} : { client_roots: inputRequired.listRoots() }),
  };
  return Object.keys(inputRequests).length === 0 ? text('nothing can be asked') : inputRequired({ inputRequests });
}
