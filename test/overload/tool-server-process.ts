/**
 * A tool server of known strength: so many calls at once, each of which takes so long; what comes beyond waits in a line. Is
 * told both on its command line, and prints its port.
 */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const [workers = 1, callMs = 0] = process.argv.slice(2).map(Number);
const line: { readonly id: unknown; readonly response: ServerResponse }[] = [];
let idle = workers;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: unknown };
    line.push({ id, response });
    if (idle > 0) void work();
  });
});

async function work(): Promise<void> {
  idle -= 1;
  for (let next = line.shift(); next !== undefined; next = line.shift()) {
    if (callMs > 0) await setTimeout(callMs);
    const { id, response } = next;
    const result = { resultType: 'complete', content: [{ type: 'text', text: 'done' }], isError: false };
    const body = JSON.stringify({ jsonrpc: '2.0', id, result });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }
  idle += 1;
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
