import { z } from 'zod';

/** `ADDRESS:PORT` of a listener; no names, whose addresses could change. */
export const bindAddress = z
  .string()
  .regex(
    /^((\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]|localhost):\d{1,5}$/,
    'Must be ADDRESS:PORT with a numeric address, such as 127.0.0.1:8700 or [::1]:8700',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'Must have a port up to 65535');
