import type { HeaderList } from '../../call/received.ts';
import type { CallStream } from './call-stream.ts';
import type { StreamCall, StreamHandler } from './grpc-server.ts';
import { Inbox, type InboxOptions } from './inbox.ts';

/** Runs `handler` on the messages of `call`, from the moment its headers are there. */
export function serveStream(handler: StreamHandler, options: InboxOptions): void {
  const { call } = options;
  const inbox = new Inbox(options);
  call.start(inbox);
  void answer(handler, call, inbox);
}

/** Never rejects. */
async function answer(handler: StreamHandler, call: CallStream, inbox: Inbox): Promise<void> {
  try {
    await handler(new ServedStream(call, inbox));
    call.finish();
  } catch (error) {
    call.fail(error);
  }
  inbox.close();
}

/** A call as its handler sees it. */
class ServedStream implements StreamCall {
  readonly #call: CallStream;
  readonly messages: AsyncIterable<Uint8Array>;

  constructor(call: CallStream, { messages }: Inbox) {
    this.#call = call;
    this.messages = messages;
  }

  get metadata(): HeaderList {
    return this.#call.metadata;
  }

  get deadlineMs(): number | undefined {
    return this.#call.deadlineMs;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  send(message: Uint8Array): Promise<void> {
    return this.#call.send(message);
  }
}
