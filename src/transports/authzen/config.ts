import { z } from 'zod';

const bind = z
  .string()
  .regex(
    /^(127(\.\d{1,3}){3}|\[::1\]|localhost):\d{1,5}$/,
    'Must be ADDRESS:PORT with a loopback address, such as 127.0.0.1:8701; TLS for other hosts goes in front',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'Must have a port up to 65535');

/** A listener where callers ask what would be decided about calls of their own (AuthZEN Authorization API 1.0). */
export const authzenListenerSchema = z
  .strictObject({
    door: z
      .literal('authzen')
      .describe(
        'Callers ask here what would be decided about a call of their own, by the AuthZEN Authorization API 1.0. It allows nothing: the call itself is judged where it passes.',
      ),
    socket: z
      .string()
      .min(1)
      .max(107)
      .optional()
      .describe(
        'Unix socket to listen on, relative to this file, in a directory of mode 0700 of its own. Either this or `bind`.',
      ),
    bind: bind
      .optional()
      .describe('Loopback address and port to listen on. Port 0: any free one. Either this or `socket`.'),
    policy_decision_point: z
      .url({ protocol: /^https$/, error: 'Must be an https URL' })
      .refine(
        (text) => !text.startsWith('https:') || /^https:\/\/[^/?#@\s\\]+$/.test(text),
        'Must have nothing behind the host and port',
      )
      .optional()
      .describe(
        'URL under which callers reach this door through TLS in front of it. With it the metadata at /.well-known/authzen-configuration is served, and its host is accepted.',
      ),
    max_evaluations: z.int().min(1).max(1000).default(100).describe('Most evaluations in one request.'),
    max_body_bytes: z
      .int()
      .min(1024)
      .max(256 * 1024)
      .default(256 * 1024)
      .describe('Largest request body. Unit: bytes.'),
    max_connections: z
      .int()
      .min(1)
      .max(100_000)
      .default(256)
      .describe('Most connections at once; further ones are closed.'),
    request_timeout_ms: z
      .int()
      .min(100)
      .max(600_000)
      .default(10_000)
      .describe('Longest time until a whole request is there, body included. Unit: milliseconds.'),
  })
  .refine(({ socket, bind: address }) => (socket === undefined) !== (address === undefined), {
    error: 'Must have either socket or bind',
  });
export type AuthzenListenerConfig = z.output<typeof authzenListenerSchema>;
