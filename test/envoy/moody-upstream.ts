import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../servers/listen.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { PROGRESS } from './scripted-upstream.ts';
import { forwardTo } from './recorded-upstream.ts';

/** How the server behaves: as it should; wants less; never answers; begins an answer, or an event stream, and breaks off; or before that. */
export type Mood = 'good' | 'overrun' | 'silent' | 'breaking' | 'streaming' | 'resetting';

/** An official server that can be told to behave badly. */
export interface MoodyUpstream extends AsyncDisposable {
  readonly url: string;
  mood: Mood;
  /** Requests that wait for an answer that will not come. */
  readonly waiting: number;
  /** Takes no connection any more. */
  die(): Promise<void>;
}

export async function startMoody(): Promise<MoodyUpstream> {
  const upstream = await startV2();
  let waiting = 0;
  const wait = (incoming: IncomingMessage, response: ServerResponse): void => {
    incoming.resume();
    waiting += 1;
    response.on('close', () => (waiting -= 1));
  };
  const breakOff = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"jsonrpc"', () => response.destroy());
  };
  const stream = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(PROGRESS, () => response.destroy());
  };
  const moody = {
    url: '',
    mood: 'good' as Mood,
    get waiting() {
      return waiting;
    },
    die: () => close(http),
    async [Symbol.asyncDispose]() {
      await close(http);
      await upstream.close();
    },
  };
  const http = createServer((incoming, response) => {
    if (moody.mood === 'good') forwardTo(upstream.url, incoming, response);
    else if (moody.mood === 'overrun') response.writeHead(429, { 'retry-after': '1' }).end();
    else if (moody.mood === 'silent') wait(incoming, response);
    else if (moody.mood === 'breaking') breakOff(response);
    else if (moody.mood === 'streaming') stream(response);
    else response.destroy();
  });
  moody.url = await listen(http);
  return moody;
}
