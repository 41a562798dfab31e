import type { ServerResponse } from 'node:http';

/** How long a client may read nothing of what waits for it, milliseconds. */
const MAX_STALL_MS = 10_000;

/** Cuts the connection of a client that does not read, until it is disposed. A reply that is silent by itself is left alone. */
export function cutStalled(response: ServerResponse, maxStallMs = MAX_STALL_MS): Disposable {
  let waited = false;
  let drained = false;
  const onDrain = (): void => {
    drained = true;
  };
  const look = (): void => {
    const waits = response.writableNeedDrain || (response.writableEnded && !response.writableFinished);
    if (waits && waited && !drained) response.destroy();
    waited = waits;
    drained = false;
  };
  response.on('drain', onDrain);
  const timer = setInterval(look, maxStallMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      response.off('drain', onDrain);
    },
  };
}
