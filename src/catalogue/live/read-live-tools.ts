import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { type ScannedValue, scanItems, scanJson, type ScanPlan } from '../../call/scan-json.ts';
import { messageOf } from '../../kit/cause.ts';
import { type ReadDefinition, readDefinition } from '../read-definition.ts';
import { visibleText } from '../visible-text.ts';
import { captureReplies, type ReplyCapture } from './capture-replies.ts';
import { type LiveServer, LiveServerError, type LiveTools } from './live-tools.ts';
import { whyUnreachable } from './why-unreachable.ts';

/** Most pages that are asked for: a cursor that never ends is a fault of the server. */
const MAX_PAGES = 200;

/**
 * Asks a running server for its tools with the official client, in the newest era it speaks, and reads the definitions
 * from the bytes that came.
 *
 * @throws LiveServerError when it cannot be reached, or answers something that is no tool list.
 */
export async function readLiveTools({
  url,
  bearer,
  fetch = globalThis.fetch,
  timeoutMs,
}: LiveServer): Promise<LiveTools> {
  const capture = captureReplies(fetch, 'tools/list');
  const client = new Client({ name: 'sallyport', version: '0.1.0' }, { versionNegotiation: { mode: 'auto' } });
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const transport = new StreamableHTTPClientTransport(url, { fetch: capture.fetch, requestInit: { headers } });
  try {
    await client.connect(transport, { timeout: timeoutMs });
    const offersTools = client.getServerCapabilities()?.tools !== undefined;
    const tools = offersTools ? await readPages(client, capture, timeoutMs) : [];
    const era = client.getProtocolEra() === 'modern' ? 'modern' : 'legacy';
    return { tools, era, serverName: client.getServerVersion()?.name ?? '' };
  } catch (cause) {
    if (cause instanceof LiveServerError) throw cause;
    throw new LiveServerError(`${url.href}: ${whyNot(cause)}`, { cause });
  } finally {
    await transport.terminateSession().catch(() => {});
    await client.close().catch(() => {});
  }
}

/** Longest text of a server that is shown. */
const MAX_SHOWN = 500;

/** What an error says may be what the server said: it must not reach a terminal as it is. */
function whyNot(cause: unknown): string {
  return (
    whyUnreachable(cause) ?? `the server cannot be asked for its tools: ${visibleText(messageOf(cause), MAX_SHOWN)}`
  );
}

async function readPages(client: Client, capture: ReplyCapture, timeoutMs: number): Promise<readonly ReadDefinition[]> {
  const tools: ReadDefinition[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor };
    // What the client makes of the reply does not matter once its bytes are here: it may refuse what is only odd.
    const failed = await client
      .request({ method: 'tools/list', params }, z.looseObject({}), { timeout: timeoutMs })
      .then(
        () => undefined,
        (cause: unknown) => ({ cause }),
      );
    const read = capture
      .messages()
      .map(readPage)
      .find((found) => found !== undefined);
    if (read === undefined)
      throw failed?.cause ?? new LiveServerError('the server answered with something else than a tool list');
    tools.push(...read.tools);
    if (read.nextCursor === undefined || read.nextCursor === cursor) return tools;
    cursor = read.nextCursor;
  }
  throw new LiveServerError(`the tool list has more than ${MAX_PAGES} pages`);
}

const PLAN: ScanPlan = new Map([['result', new Map()]]);
/** Most tools of one page; the proxy takes fewer. */
const MAX_PAGE_TOOLS = 10_000;

/** One page of a tool list; `undefined` for any other message. */
function readPage(bytes: Uint8Array): { tools: readonly ReadDefinition[]; nextCursor?: string } | undefined {
  const message = scanJson(bytes, PLAN);
  const result = typeof message === 'string' ? undefined : message.members?.get('result')?.members;
  const list = result?.get('tools');
  const items = list?.kind === 'array' ? scanItems(bytes, list, MAX_PAGE_TOOLS) : 'malformed';
  if (typeof items === 'string') return undefined;
  const tools = items.map(({ start, end }) => readDefinition(bytes.subarray(start, end)));
  const next = result?.get('nextCursor');
  const nextCursor = next?.kind === 'string' ? textOf(bytes, next) : undefined;
  return { tools, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

function textOf(bytes: Uint8Array, { start, end }: ScannedValue): string {
  return String(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString('utf8')));
}
