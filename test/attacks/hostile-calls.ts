import type { HostileCall } from './hostile-call.ts';
import { ENCODINGS } from './hostile-calls/encodings.ts';
import { FRAMING } from './hostile-calls/framing.ts';
import { HEADERS } from './hostile-calls/headers.ts';
import { KEYS } from './hostile-calls/keys.ts';
import { MESSAGES } from './hostile-calls/messages.ts';
import { NUMBERS } from './hostile-calls/numbers.ts';

/** Every request that the bare servers and Sallyport are shown, in families. */
export const HOSTILE_CALLS: readonly HostileCall[] = [
  ...ENCODINGS,
  ...NUMBERS,
  ...KEYS,
  ...MESSAGES,
  ...HEADERS,
  ...FRAMING,
];
