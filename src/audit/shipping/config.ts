import { z } from 'zod';

const fileSinkSchema = z.strictObject({
  kind: z.literal('file').describe('Lines of JSON are appended to a file, one a record.'),
  path: z
    .string()
    .min(1)
    .refine((path) => !path.endsWith('/'), 'Must name a file')
    .describe('The file, relative to this file. It is for this alone: a line that was not finished is cut off.'),
  rotate_bytes: z
    .int()
    .min(64 * 1024)
    .max(1024 * 1024 * 1024)
    .default(128 * 1024 * 1024)
    .describe(
      'A file that would grow beyond this is renamed, with the time and a number behind its name, and a new one begun. Renamed ones are never written to again, and never removed. Unit: bytes.',
    ),
});

const file = z.string().min(1);

const kafkaTlsSchema = z
  .strictObject({
    ca: file
      .optional()
      .describe(
        'File with the certificates of the authorities of the brokers, in PEM, relative to this file, instead of those that Node trusts.',
      ),
    certificate: file
      .optional()
      .describe('File with the own certificate and its chain, in PEM, relative to this file.'),
    key: file.optional().describe('File with its key, in PEM, mode 0600, relative to this file.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: 'Must have both certificate and key, or neither',
  });

/** By what a broker is shown who this is, as they are written. */
export const SASL_MECHANISMS = ['scram-sha-512', 'scram-sha-256', 'plain'] as const;

const kafkaSaslSchema = z.strictObject({
  mechanism: z
    .enum(SASL_MECHANISMS, 'Must be scram-sha-512, scram-sha-256 or plain, in lower case')
    .describe('How the password is proven (RFC 5802), or that it is sent (plain), which needs tls.'),
  username: z.string().min(1).max(256).describe('Name of the user.'),
  password_file: file.describe('File with the password, mode 0600, relative to this file. Read for each connection.'),
});

const kafkaSinkSchema = z.strictObject({
  kind: z.literal('kafka').describe('CloudEvents in a topic of Apache Kafka, by an idempotent producer.'),
  brokers: z
    .array(z.string().regex(/^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):([1-9]\d{0,4})$/, 'Must be HOST:PORT'))
    .min(1, 'Must name at least one')
    .max(50, 'Must name at most 50')
    .describe('Brokers to begin with, as HOST:PORT.'),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'Must be the name of a topic')
    .describe('The topic. It must be there: none is made.'),
  mode: z
    .enum(['binary', 'structured'])
    .default('binary')
    .describe(
      'How an event is written (CloudEvents Kafka binding §3): binary has its attributes in headers and data as the value, structured has the whole record as the value, byte for byte as it is in the log.',
    ),
  tls: kafkaTlsSchema.optional().describe('Speak TLS, and verify the brokers. Default: plain TCP.'),
  sasl: kafkaSaslSchema
    .optional()
    .describe('Who this is to the brokers. Default: nobody, or whom the certificate names.'),
  timeout_ms: z
    .int()
    .min(1000)
    .max(120_000)
    .default(10_000)
    .describe('Longest time that the brokers may take for some records; then they are sent again. Unit: milliseconds.'),
});

const otlpSinkSchema = z
  .strictObject({
    kind: z.literal('otlp').describe('Log records of OpenTelemetry, by OTLP over HTTP, as JSON.'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .describe('Where they are posted, an http:// or https:// URL with its path, which mostly is /v1/logs.'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the certificates of the authorities of that URL, in PEM, relative to this file, instead of those that Node trusts.',
      ),
    timeout_ms: z
      .int()
      .min(100)
      .max(120_000)
      .default(10_000)
      .describe('Longest time that one request may take; then it is made again. Unit: milliseconds.'),
  })
  .refine(({ ca, url }) => ca === undefined || url.startsWith('https://'), {
    path: ['ca'],
    error: 'Is only for an https:// URL',
  });

/** What may be the name of a place. */
export const SINK_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const sinkName = z.string().regex(SINK_NAME, 'Must be a lower-case name of at most 32 characters');

/** Most places that the record is brought to: each reads it for itself. */
const MAX_SINKS = 8;

/** Name → where the record is brought. */
export const shipSchema = z
  .record(
    sinkName,
    z.discriminatedUnion('kind', [fileSinkSchema, kafkaSinkSchema, otlpSinkSchema], {
      error: 'Must be file, kafka or otlp',
    }),
  )
  .check((context) => {
    for (const [name, sink] of Object.entries(context.value)) {
      if (sink.kind !== 'kafka' || sink.sasl?.mechanism !== 'plain' || sink.tls !== undefined) continue;
      const message = 'Sends the password as it is, so it needs tls: add `tls: {}`, or use scram-sha-512';
      context.issues.push({ code: 'custom', input: sink, message, path: [name, 'sasl', 'mechanism'] });
    }
  })
  .refine((sinks) => Object.keys(sinks).length <= MAX_SINKS, `Must name at most ${MAX_SINKS}`)
  .default({})
  .describe(
    'Places that every record is brought to once it is signed, by name: each at least once, in order, and never on the way of a call. A new name gets the whole record.',
  );
export type ShipConfig = z.output<typeof shipSchema>;
export type SinkConfig = ShipConfig[string];
