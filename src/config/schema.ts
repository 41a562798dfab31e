import { z } from 'zod';
import { auditSchema } from '../audit/config.ts';
import { policyBundleSchema } from '../bundle/config.ts';
import { serversSchema } from '../catalogue/config.ts';
import { fallbackCacheSchema } from '../policy/config.ts';
import { authenticateConfig } from '../stages/authenticate/config.ts';
import { storeSchema } from '../stores/redis/config.ts';
import { telemetrySchema } from '../telemetry/config.ts';
import { operatorSchema } from '../transports/operator/config.ts';
import { payloadVaultSchema } from '../vault/config.ts';
import { DEFAULT_STATE_DIR } from './state-dir.ts';
import { authzenListenerSchema } from '../transports/authzen/config.ts';
import { extAuthzListenerSchema } from '../transports/ext-authz/config.ts';
import { extProcListenerSchema } from '../transports/ext-proc/config.ts';
import { forwardAuthListenerSchema } from '../transports/forward-auth/config.ts';
import { decisionSchema, passthroughsSchema, proxyListenerSchema } from '../transports/proxy/config.ts';

const listenerName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'Must be a lower-case name of at most 63 characters');

/** Name → listener. Each declares its door, and a field of another door is an error there. */
const listenersSchema = z
  .record(
    listenerName,
    z.discriminatedUnion(
      'door',
      [
        proxyListenerSchema,
        extAuthzListenerSchema,
        extProcListenerSchema,
        forwardAuthListenerSchema,
        authzenListenerSchema,
      ],
      { error: 'Must be proxy, ext_authz, ext_proc, forward_auth or authzen' },
    ),
  )
  .refine((listeners) => Object.keys(listeners).length > 0, 'Must name at least one listener')
  .prefault({ agents: {} })
  .describe(
    'Doors by name: addresses that agents connect to, and sockets that other proxies ask. Default: one, named "agents".',
  );

/**
 * `sallyport.yaml`: the sections of all rooms. Strict throughout: an unknown field is an error, since a misspelt limit
 * must not be no limit. Every default is the closed one.
 */
export const configSchema = z
  .strictObject({
    state_dir: z
      .string()
      .min(1)
      .default(DEFAULT_STATE_DIR)
      .describe('Directory, relative to this file, for what outlives a restart: keys, record, quarantine. Mode 0700.'),
    listeners: listenersSchema,
    servers: serversSchema,
    authenticate: authenticateConfig.prefault({}).describe('Whose access tokens are accepted.'),
    policies: z
      .array(z.string().min(1))
      .default([])
      .describe('Policy files, relative to this file; * and ** stand for any names. Without rules nothing is allowed.'),
    policy_bundle: policyBundleSchema,
    fallback_cache: fallbackCacheSchema,
    passthrough: passthroughsSchema,
    decision: decisionSchema,
    store: storeSchema,
    audit: auditSchema.prefault({}).describe('How the record is kept.'),
    payload_vault: payloadVaultSchema,
    telemetry: telemetrySchema.prefault({}).describe('What the process tells about itself.'),
    operator: operatorSchema.prefault({}).describe('The operator surface.'),
  })
  .describe('Configuration of sallyport (sallyport.yaml).');

/** The whole file, defaults filled in. */
export type Config = z.output<typeof configSchema>;
