import { z } from 'zod';
import { LOG_LEVELS } from './log-levels.ts';
import { tracingSchema } from './tracing/config.ts';

const labelValue = z
  .string()
  .regex(/^[A-Za-z0-9_./-]{1,64}$/, 'Must be 1 to 64 letters, digits, ".", "_", "/" and "-"');
const labelValues = z.array(labelValue).max(200, 'Must be at most 200 names').default([]);

/** Callers are in no label unless they are named here: nobody else can make series. */
const metricsSchema = z.strictObject({
  agents: labelValues.describe(
    'Agents whose tokens and costs are counted apart, as `sallyport usage` names them. Others count as _other. None: agents are not told apart.',
  ),
  tenants: labelValues.describe(
    'Tenants whose tokens and costs are counted apart, beside those that issuers name. Others count as _other.',
  ),
});

/** What the process tells about itself, as the operator writes it. */
export const telemetrySchema = z
  .strictObject({
    service_name: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/)
      .default('sallyport')
      .describe('service.name in logs and metrics: letters, digits, ".", "_" and "-", at most 64.'),
    environment: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/)
      .default('default')
      .describe('deployment.environment.name in logs: letters, digits, ".", "_" and "-", at most 64.'),
    log_level: z.enum(LOG_LEVELS).default('info').describe('The least severe log lines that are written.'),
    metrics: metricsSchema.prefault({}).describe('What usage is told apart by in metrics.'),
    tracing: tracingSchema
      .optional()
      .describe('Spans of calls, told to a collector of OpenTelemetry. Without it there are none.'),
  })
  .readonly();
export type TelemetryConfig = z.infer<typeof telemetrySchema>;
