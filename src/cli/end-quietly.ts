import type { Writable } from 'node:stream';
import { codeOf } from '../kit/cause.ts';

/**
 * Lets a command end as it would have when nobody reads on: `sallyport audit tail | head -1` is no error.
 *
 * @param end Ends the process; gets the exit code.
 */
export function endQuietly(stream: Writable, end: (code: number) => void): void {
  stream.on('error', (cause) => {
    if (codeOf(cause) !== 'EPIPE') throw cause;
    end(0);
  });
}
