/** A tool server that answers at once: calls with 800 characters, lists with the pinned tools. Prints its port. */
import { createServer } from 'node:http';
import { pins } from '../bench-project.ts';
import { TOOLS } from './peer-project.ts';

const text = 'x'.repeat(800);
const CALL = reply({ content: [{ type: 'text', text }], isError: false });
const LIST = reply({ tools: definitions() });

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).includes('"tools/list"') ? LIST : CALL;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});

function reply(result: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
}

function definitions(): readonly unknown[] {
  const { tools } = pins(TOOLS) as { readonly tools: readonly { readonly definition: unknown }[] };
  return tools.map(({ definition }) => definition);
}
