import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  readonly stream: string;
  readonly message: JSONRPCMessage;
}

/** Keeps every event of one session, so that a lost stream can be resumed with Last-Event-ID. Event ids count from 1. */
export class EventMemory implements EventStore {
  readonly #events: StoredEvent[] = [];

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    return String(this.#events.push({ stream, message }));
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events[Number(id) - 1]?.stream;
  }

  async replayEventsAfter(
    lastId: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = (await this.getStreamIdForEventId(lastId)) ?? '';
    for (const [index, event] of this.#events.entries()) {
      const isMessage = Object.keys(event.message).length > 0;
      if (index >= Number(lastId) && event.stream === stream && isMessage) await send(String(index + 1), event.message);
    }
    return stream;
  }
}
