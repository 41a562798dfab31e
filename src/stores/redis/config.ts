import { z } from 'zod';

const address = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):([1-9]\d{0,4})$/, 'Must be HOST:PORT')
  .describe('HOST:PORT.');

const file = z.string().min(1);

const nodes = z.array(address).min(1, 'Must name at least one').max(100, 'Must name at most 100');

const memorySchema = z.strictObject({
  kind: z.literal('memory').describe('Each process counts by itself.'),
});

const redisSchema = z
  .strictObject({
    kind: z.literal('redis').describe('All processes that name the same Redis count together.'),
    address: address.optional().describe('A Redis that stands alone, as HOST:PORT.'),
    socket: z
      .string()
      .min(1)
      .optional()
      .describe('A Redis that stands alone, by its Unix socket, relative to this file.'),
    sentinel: z
      .strictObject({
        master: z.string().min(1).max(256).describe('Name of the master that the Sentinels watch.'),
        nodes: nodes.describe('Sentinels, as HOST:PORT.'),
        username: z
          .string()
          .min(1)
          .max(512)
          .optional()
          .describe('User of the access control list of the Sentinels. Default: "default".'),
        password_file: file.optional().describe('File with the password of the Sentinels, relative to this file.'),
      })
      .optional()
      .describe('A Redis whose master is found by Sentinel.'),
    cluster: z
      .strictObject({ nodes: nodes.describe('Nodes to begin with, as HOST:PORT.') })
      .optional()
      .describe('A Redis Cluster. What one tenant counts by is in one slot.'),
    database: z.int().min(0).max(1_000_000).default(0).describe('Number of the database. A Cluster has only 0.'),
    username: z.string().min(1).max(512).optional().describe('User of the access control list. Default: "default".'),
    password_file: file.optional().describe('File with the password, relative to this file. Read at start.'),
    tls: z
      .strictObject({
        ca: file.optional().describe('CA certificates, PEM, relative to this file. Default: those of the system.'),
        certificate: file.optional().describe('Own certificate, PEM, relative to this file.'),
        key: file.optional().describe('Its key, PEM, relative to this file.'),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        error: 'Must have both certificate and key, or neither',
      })
      .optional()
      .describe('Speak TLS. Default: no.'),
    timeout_ms: z
      .int()
      .min(5)
      .max(1000)
      .default(40)
      .describe('Longest time one question to Redis may take, milliseconds. What took longer counts as taken.'),
    instances: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe(
        'Instances that share the store, at least: what one may admit by itself while the store is lost is a share of so many. They are counted, too, while it can be had.',
      ),
    leases: z
      .boolean()
      .default(false)
      .describe(
        "Take several calls' worth of a fast limit at once: fewer questions, and up to a quarter of its burst more may pass in a window.",
      ),
    key_prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, 'Must be 1 to 64 letters, digits, dots, dashes or underscores')
      .default('sallyport')
      .describe('What every key begins with: two services that share a Redis and not their limits need two.'),
  })
  .refine(
    ({ address: alone, socket, sentinel, cluster }) =>
      [alone, socket, sentinel, cluster].filter((one) => one !== undefined).length === 1,
    { error: 'Must have exactly one of address, socket, sentinel and cluster' },
  )
  .refine(({ cluster, database }) => cluster === undefined || database === 0, {
    error: 'Must be 0: a Cluster has no other',
    path: ['database'],
  });

/** Where what processes share is kept, as the operator writes it. */
export const storeSchema = z
  .discriminatedUnion('kind', [memorySchema, redisSchema], { error: 'Must be memory or redis' })
  .prefault({ kind: 'memory' })
  .describe('Where limits are counted. Default: in the memory of the process.');

export type StoreConfig = z.output<typeof storeSchema>;
export type RedisStoreConfig = Extract<StoreConfig, { kind: 'redis' }>;
