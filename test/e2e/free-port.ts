import { createServer } from 'node:http';
import { close, listen } from '../servers/listen.ts';

/** A loopback port that was free a moment ago, for a test that must know its address before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server);
  await close(server);
  return Number(new URL(url).port);
}
