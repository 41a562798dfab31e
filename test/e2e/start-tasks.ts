import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Request, RequestId, Task } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { close, listen } from '../servers/listen.ts';

/** A running server whose tool `ponder {thought}` is a task (2025-11-25). */
export interface TaskServer extends AsyncDisposable {
  readonly url: string;
}

/** A store as many servers have: whoever knows the id of a task has the task, and lists show everybody's. */
class OpenTaskStore extends InMemoryTaskStore {
  override createTask(wish: { ttl?: number | null }, id: RequestId, request: Request): Promise<Task> {
    return super.createTask(wish, id, request);
  }
  override getTask(taskId: string): Promise<Task | null> {
    return super.getTask(taskId);
  }
  override getTaskResult(taskId: string): ReturnType<InMemoryTaskStore['getTaskResult']> {
    return super.getTaskResult(taskId);
  }
  override listTasks(cursor?: string): ReturnType<InMemoryTaskStore['listTasks']> {
    return super.listTasks(cursor);
  }
}

/** Starts the 1.x SDK with its task support and one task store for all sessions. */
export async function startTasks(): Promise<TaskServer> {
  const store = new OpenTaskStore();
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer((request, response) => {
    void serve(request, response, sessions, store).catch(() => response.destroy());
  });
  const url = await listen(http);
  return {
    url,
    async [Symbol.asyncDispose]() {
      store.cleanup();
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      await close(http);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Map<string, StreamableHTTPServerTransport>,
  store: InMemoryTaskStore,
): Promise<void> {
  const id = request.headers['mcp-session-id'];
  const transport = typeof id === 'string' ? sessions.get(id) : await openSession(sessions, store);
  if (transport === undefined) return void response.writeHead(404).end();
  await transport.handleRequest(request, response);
}

async function openSession(
  sessions: Map<string, StreamableHTTPServerTransport>,
  store: InMemoryTaskStore,
): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await createMcpServer(store).connect(transport);
  return transport;
}

function createMcpServer(taskStore: InMemoryTaskStore): McpServer {
  const tasks = { list: {}, cancel: {}, requests: { tools: { call: {} } } };
  const options = { capabilities: { tasks }, taskStore, taskMessageQueue: new InMemoryTaskMessageQueue() };
  const server = new McpServer({ name: 'tasks', version: '1.0.0' }, options);
  server.experimental.tasks.registerToolTask(
    'ponder',
    {
      description: 'Thinks about it.',
      inputSchema: { thought: z.string() },
      execution: { taskSupport: 'required' },
    },
    {
      async createTask({ thought }, extra) {
        const task = await extra.taskStore.createTask({ ttl: 60_000, pollInterval: 20 });
        const content = [{ type: 'text' as const, text: `pondered: ${thought}` }];
        await extra.taskStore.storeTaskResult(task.taskId, 'completed', { content });
        return { task };
      },
      getTask: (_args, extra) => extra.taskStore.getTask(extra.taskId),
      getTaskResult: async (_args, extra) => {
        const { content } = await extra.taskStore.getTaskResult(extra.taskId);
        return { content: z.array(z.object({ type: z.literal('text'), text: z.string() })).parse(content) };
      },
    },
  );
  return server;
}
