import type { Server } from 'node:http';

/** Listens on a loopback port, a free one unless it is named, and says its `/mcp` URL. */
export async function listen(http: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}/mcp`;
}

/** Stops listening and cuts every open connection. */
export async function close(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeAllConnections();
  await closed;
}
