import { RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import type { Peer } from '../attacks/peer.ts';
import { median } from './growth.ts';

/** Makes calls that are allowed, one after another. @returns the median of their times, milliseconds. @throws for one that is not served. */
export async function callMillis(url: string, token: string, count: number): Promise<number> {
  const peer: Peer = {
    era: 'legacy',
    url,
    headers: [
      ['authorization', `Bearer ${token}`],
      ['mcp-protocol-version', '2025-11-25'],
    ],
  };
  const request = rawRequest(peer, {
    tool: 'echo',
    body: callText(peer, '"name":"echo","arguments":{"text":"still here"}'),
  });
  using connection = await RawConnection.open(url);
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const startedMs = performance.now();
    const answer = await connection.exchange(request);
    if (answer.kind !== 'reply' || answer.status !== 200 || !answer.body.includes('still here')) {
      throw new Error(`a good call was answered with ${JSON.stringify(answer)}`);
    }
    times.push(performance.now() - startedMs);
  }
  return median(times);
}
