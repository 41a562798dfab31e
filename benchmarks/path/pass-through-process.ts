/** The floor: the same server and the same client code as the proxy, and nothing read or decided. Prints its port. */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const upstream = new URL(process.argv[2] ?? '');
const pool = new Pool(upstream.origin, { connections: 256, pipelining: 1, allowH2: false, bodyTimeout: 0 });

const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const headers = { 'content-type': 'application/json', 'accept': request.headers.accept ?? '' };
  const reply = await pool.request({ path: upstream.pathname, method: 'POST', headers, body });
  response.writeHead(reply.statusCode, { 'content-type': String(reply.headers['content-type']) });
  await pipeline(reply.body, response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
