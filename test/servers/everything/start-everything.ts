import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { localhostHostValidation, localhostOriginValidation } from '@modelcontextprotocol/node';
import { createMcpHandler, createRequestStateCodec, isLegacyRequest, McpServer } from '@modelcontextprotocol/server';
import { close, listen } from '../listen.ts';
import { nodeFace } from '../node-face.ts';
import { registerAskingTools } from './asking-tools.ts';
import { registerContentTools } from './content-tools.ts';
import { registerInputRequiredTools, type Round } from './input-required-tools.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { registerPlainTools } from './plain-tools.ts';
import { type Announcements, registerProgressTools } from './progress-tools.ts';
import { registerPrompts } from './prompts.ts';
import { registerResources } from './resources.ts';

/** A running server that offers all that the conformance suite and the client drivers exercise. */
export interface EverythingServer extends AsyncDisposable {
  readonly url: string;
  /** Announces changed lists and one changed resource on every open stream of both eras. */
  announce(): void;
}

/**
 * Starts our conformance fixture on the published 2.x SDK: both eras on one URL, the legacy one with sessions, GET streams
 * and resumption. Scores full marks direct: see `test/conformance/conformance.test.ts`.
 */
export async function startEverything(): Promise<EverythingServer> {
  const states = createRequestStateCodec<Round>({ key: randomBytes(32) });
  const create = (era: 'legacy' | 'modern', announce: Announcements) => {
    const server = new McpServer(
      { name: 'everything', version: '1.0.0' },
      { capabilities: capabilitiesOf(era), requestState: { verify: (state, ctx) => states.verify(state, ctx) } },
    );
    registerContentTools(server);
    registerPlainTools(server);
    registerProgressTools(server, announce);
    registerAskingTools(server);
    registerInputRequiredTools(server, states);
    registerPrompts(server);
    registerResources(server);
    if (era === 'legacy') acceptSubscriptions(server);
    return server;
  };
  const announce: Announcements = {
    toolsChanged() {
      modern.notify.toolsChanged();
      legacy.forEach((server) => server.sendToolListChanged());
    },
    promptsChanged() {
      modern.notify.promptsChanged();
      legacy.forEach((server) => server.sendPromptListChanged());
    },
  };
  const modern = createMcpHandler(() => create('modern', announce), { legacy: 'reject' });
  const legacy = new LegacySessions(() => create('legacy', announce));
  const fetch = async (request: Request) =>
    (await isLegacyRequest(request)) ? legacy.fetch(request) : modern.fetch(request);
  const serve = nodeFace({ fetch });
  const isLocal = [localhostHostValidation(), localhostOriginValidation()];
  const http = createServer((request, response) => {
    if (isLocal.every((check) => check(request, response))) serve(request, response);
  });
  const url = await listen(http);
  return {
    url,
    announce() {
      announce.toolsChanged();
      announce.promptsChanged();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([modern.close(), legacy.close()]);
      await close(http);
    },
  };
}

function capabilitiesOf(era: 'legacy' | 'modern') {
  const both = { logging: {}, tools: { listChanged: true }, prompts: { listChanged: true } };
  return era === 'legacy' ? { ...both, resources: { subscribe: true, listChanged: true } } : both;
}

/** The legacy methods with which a client watches a resource. Nothing here changes, so nothing is ever told. */
function acceptSubscriptions({ server }: McpServer): void {
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
}
