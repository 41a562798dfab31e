import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { readConfigText } from '../../config/read-text.ts';
import { DEFAULT_STATE_DIR } from '../../config/state-dir.ts';
import { problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { checkShape } from '../../source/check-shape.ts';
import { readYaml } from '../../source/yaml-source.ts';

/** What of `sallyport.yaml` says where the record is: it can be read also when the rest cannot be used. */
const placeSchema = z.looseObject({
  state_dir: z.string().min(1).default(DEFAULT_STATE_DIR),
  audit: z
    .looseObject({
      directory: z.string().min(1).optional(),
      ship: z.record(z.string(), z.unknown()).catch({}).default({}),
    })
    .prefault({}),
});

/** The absolute path of the record's directory. @throws ProblemsError when the configuration does not say. */
export async function recordPlace(file: string): Promise<string> {
  return (await auditPlaces(file)).record;
}

/** Absolute paths, and the names of the places that the record is shipped to. */
export interface AuditPlaces {
  readonly record: string;
  readonly stateDir: string;
  readonly sinks: readonly string[];
}

/** Where everything of the record is. @throws ProblemsError when the configuration does not say. */
export async function auditPlaces(file: string): Promise<AuditPlaces> {
  try {
    const { state_dir: stateDir, audit } = checkShape(readYaml(file, await readConfigText(file)), placeSchema);
    const base = dirname(file);
    const record = resolve(base, audit.directory ?? join(stateDir, 'record'));
    return { record, stateDir: resolve(base, stateDir), sinks: Object.keys(audit.ship) };
  } catch (cause) {
    if (!(cause instanceof ProblemsError)) throw cause;
    throw new ProblemsError([
      ...cause.problems,
      { ...problemOfFile(file, 'so the record cannot be found.'), suggestion: 'Or say where it is with --directory.' },
    ]);
  }
}
