import { z } from 'zod';

/** The operator surface, as the operator writes it. */
export const operatorSchema = z
  .strictObject({
    socket: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Unix socket for /livez, /readyz and /metrics, mode 0600, relative to this file. Default: "operator.sock" in state_dir.',
      ),
  })
  .readonly();
