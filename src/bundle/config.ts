import { z } from 'zod';
import { BUNDLE_NAME } from './bundle-name.ts';

/** The `policy_bundle:` section, instead of `policies:`. There is no form without keys: unsigned rules are files. */
export const policyBundleSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .describe('The bundle, relative to this file. Followed: put another in its place by renaming, in one step.'),
    keys: z
      .string()
      .min(1)
      .describe('JWK Set, relative to this file, with the keys that may sign. Name two while one takes over.'),
    name: z
      .string()
      .regex(BUNDLE_NAME, 'Must be the name of a bundle: lower-case letters, digits, ".", "_" and "-"')
      .optional()
      .describe('Which bundle it must be. Default: the one that was there first.'),
  })
  .optional()
  .describe('Rules from one signed file, instead of policies.');
