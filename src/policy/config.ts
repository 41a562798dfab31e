import { z } from 'zod';

/** The `policies:` section: where the rules are. */
export const policiesSchema = z
  .array(z.string().min(1))
  .default([])
  .describe(
    'Policy files, or directories of .yaml, .yml and .json files, relative to this file. None: nothing is allowed.',
  );

export type PoliciesSection = z.output<typeof policiesSchema>;
