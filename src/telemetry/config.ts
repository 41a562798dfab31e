import { z } from 'zod';
import { LOG_LEVELS } from './log-levels.ts';
import { tracingSchema } from './tracing/config.ts';

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
    tracing: tracingSchema
      .optional()
      .describe('Spans of calls, told to a collector of OpenTelemetry. Without it there are none.'),
  })
  .readonly();
export type TelemetryConfig = z.infer<typeof telemetrySchema>;
