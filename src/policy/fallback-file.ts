import { z } from 'zod';

/** The result that stands in for that of a tool, always the same. */
const staticSchema = z
  .strictObject({
    text: z.string().min(1, 'Must not be empty').max(16_384).optional().describe('Text that the model reads.'),
    structured: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        '`structuredContent` of the result. Needed, and compared with it, where the pinned tool has an outputSchema.',
      ),
    is_error: z.boolean().default(false).describe('Whether the result says that the tool failed.'),
  })
  .refine(({ text, structured }) => text !== undefined || structured !== undefined, 'Must have text or structured');

const cachedSchema = z.strictObject({
  max_age_s: z.int().min(1).max(604_800).describe('Oldest result that is given. Unit: seconds.'),
  shared: z
    .boolean()
    .default(false)
    .describe('Whether a result of one caller may be given to another who makes the same call.'),
});

function isThere(value: unknown): boolean {
  return value !== undefined;
}

/** The `fallback:` of a rule. */
export const fallbackSchema = z
  .strictObject({
    on: z
      .array(z.enum(['open', 'failed']))
      .min(1, 'Must name at least one')
      .default(['open', 'failed'])
      .describe(
        'When it is taken. open: the breaker of the tool lets no call through. failed: the tool server was tried and did not answer.',
      ),
    static: staticSchema.optional().describe('A result that is always the same.'),
    cached: cachedSchema.optional().describe('The last result of the same call: tool and arguments.'),
    server: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('Server of the catalogue that has the same tool and is called instead. Only at the built-in proxy.'),
  })
  .refine(({ static: fixed, cached, server }) => [fixed, cached, server].filter(isThere).length === 1, {
    error: 'Must have one of static, cached and server',
  });

export type WrittenFallback = z.output<typeof fallbackSchema>;
