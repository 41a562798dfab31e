import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { close, listen } from '../../servers/listen.ts';
import { startV2 } from '../../servers/v2/start-v2.ts';
import { forwardTo } from '../recorded-upstream.ts';
import { type LoadKind, loadMessage } from './load-message.ts';

/**
 * A tool server for many calls: an official one, with something in front of it that gives its answers to `echo` and to
 * `tools/list` itself, at a tenth of the cost, and remembers who came.
 */
export interface LoadUpstream extends AsyncDisposable {
  readonly url: string;
  /** JSON-RPC id of each such call that came → the decision id that came with it. */
  readonly received: ReadonlyMap<number, string>;
  /** Calls that came a second time. */
  readonly repeated: readonly number[];
  /** Answers that are not given yet. */
  readonly open: number;
  /** How long an answer takes, milliseconds. */
  delayMs: number;
  /** Forgets who came. */
  forget(): void;
  /** Closes connections on which nothing is asked. */
  closeIdle(): void;
}

type Template = Readonly<Record<string, unknown>> & { readonly result: Readonly<Record<string, unknown>> };

export async function startLoadUpstream(): Promise<LoadUpstream> {
  const official = await startV2();
  const templates = { echo: await ask(official.url, 'echo'), list: await ask(official.url, 'list') };
  const received = new Map<number, string>();
  const repeated: number[] = [];
  let open = 0;
  const resultOf = (kind: LoadKind, id: number): Template['result'] =>
    kind === 'list'
      ? templates.list.result
      : { ...templates.echo.result, content: [{ type: 'text', text: `call ${id}` }] };
  const take = (id: number, { headers }: IncomingMessage): void => {
    if (received.has(id)) repeated.push(id);
    received.set(id, String(headers['sallyport-decision-id']));
  };
  const answer = (id: number, kind: LoadKind, response: ServerResponse): void => {
    open -= 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...templates[kind], id, result: resultOf(kind, id) }));
  };
  const serve = async (kind: LoadKind, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { id } = JSON.parse(await text(request)) as { readonly id: number };
    take(id, request);
    open += 1;
    if (upstream.delayMs === 0) answer(id, kind, response);
    else setTimeout(answer, upstream.delayMs, id, kind, response);
  };
  const http = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const kind = KINDS[String(request.headers['mcp-method'])];
    if (kind === undefined) forwardTo(official.url, request, response);
    else void serve(kind, request, response).catch(() => response.destroy());
  });
  const upstream = {
    url: await listen(http),
    received,
    repeated,
    get open() {
      return open;
    },
    delayMs: 0,
    forget() {
      received.clear();
      repeated.length = 0;
    },
    closeIdle: () => http.closeIdleConnections(),
    async [Symbol.asyncDispose]() {
      await close(http);
      await official.close();
    },
  };
  return upstream;
}

const KINDS: Readonly<Record<string, LoadKind>> = { 'tools/call': 'echo', 'tools/list': 'list' };

/** What the official server says. */
async function ask(url: string, kind: LoadKind): Promise<Template> {
  const { headers, body } = loadMessage(kind, 1);
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(headers), body });
  const said = (await response.json()) as Template;
  assert.ok(typeof said['result'] === 'object', JSON.stringify(said));
  return said;
}
