import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { close, listen } from '../servers/listen.ts';

/** One request exactly as it reached the upstream. */
export interface Reached {
  readonly method: string;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A tap in front of a tool server: it keeps what comes and passes all of it on, unchanged. */
export interface Recorder extends AsyncDisposable {
  readonly url: string;
  /** What came since the start or the last `forget()`, oldest first. */
  readonly reached: readonly Reached[];
  forget(): void;
  /** The bodies of it as text. */
  bodies(): readonly string[];
}

/** Starts a tap in front of the server at `target`. */
export async function startRecorder(target: string): Promise<Recorder> {
  const reached: Reached[] = [];
  const http = createServer((incoming, response) => {
    void record(incoming, response).catch(() => response.destroy());
  });
  const record = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method = '', rawHeaders, headers } = incoming;
    reached.push({ method, rawHeaders, headers, body });
    passOn(target, { method, headers, body }, response);
  };
  const url = await listen(http);
  return {
    url,
    reached,
    forget: () => void reached.splice(0),
    bodies: () => reached.map(({ body }) => body.toString()),
    [Symbol.asyncDispose]: () => close(http),
  };
}

function passOn(
  target: string,
  { method, headers, body }: Pick<Reached, 'method' | 'headers' | 'body'>,
  response: ServerResponse,
): void {
  const onward = request(target, { method, headers: { ...headers, host: new URL(target).host } }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    response.flushHeaders();
    reply.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  onward.end(body);
}
