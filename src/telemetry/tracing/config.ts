import { z } from 'zod';

/** Where spans go, and which. */
export const tracingSchema = z
  .strictObject({
    otlp: z
      .strictObject({
        endpoint: z
          .url({ protocol: /^https?$/, error: 'Must be an http or https URL' })
          .refine((text) => !/[#@\s\\]/.test(text), 'Must have no fragment, user, space or backslash')
          .describe(
            'Where a collector takes spans. With http/protobuf a URL without a path stands for its /v1/traces; with grpc only host and port count.',
          ),
        protocol: z.enum(['http/protobuf', 'grpc']).default('http/protobuf').describe('How it takes them (OTLP).'),
        timeout_ms: z
          .int()
          .min(100)
          .max(60_000)
          .default(10_000)
          .describe('Longest time for one batch with all its retries, milliseconds; then its spans are dropped.'),
      })
      .describe('The collector.'),
    sample: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe(
        'Share of calls whose spans are kept whatever becomes of them, 0 to 1. The tool server is told which they are.',
      ),
    slow_ms: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(1000)
      .describe('A call that takes longer is kept whether it was sampled or not, milliseconds.'),
    kept_per_second: z
      .int()
      .min(0)
      .max(10_000)
      .default(100)
      .describe('Most calls a second that are kept for a refusal, an error or their slowness alone.'),
    checks: z
      .enum(['spans', 'events', 'none'])
      .default('spans')
      .describe(
        'How the checks of a call are shown: a span each, an event each in the span of the call, or not at all.',
      ),
    max_queued_spans: z
      .int()
      .min(64)
      .max(65_536)
      .default(4096)
      .describe('Spans that may wait for the collector; further ones are dropped and counted.'),
    names: z
      .enum(['current', 'v1.37', 'both'])
      .default('current')
      .describe(
        "Names of attributes. current: those of the semantic conventions of today. v1.37: what conventions 1.37.0 call otherwise has their names instead. both: today's, those of 1.37, and older ones that dashboards ask for.",
      ),
    agent_spans: z
      .boolean()
      .default(false)
      .describe(
        'Whether a call of an agent that says nothing of a trace gets a span `invoke_agent` above its own, as long as the call and marked as inferred.',
      ),
  })
  .readonly();
export type TracingConfig = z.infer<typeof tracingSchema>;
