import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { whyUnreadable } from '../../config/why-unreadable.ts';
import { problemOfFile, ProblemsError } from '../../kit/problem.ts';
import { checkShape } from '../../source/check-shape.ts';
import { readYaml } from '../../source/yaml-source.ts';

/** What of `sallyport.yaml` says where the record is: it can be read also when the rest cannot be used. */
const placeSchema = z.looseObject({
  state_dir: z.string().min(1).default('.sallyport'),
  audit: z.looseObject({ directory: z.string().min(1).optional() }).default({}),
});

const ADVICE = 'Or say where the record is with --directory.';

/** The absolute path of the record's directory. @throws ProblemsError when the configuration does not say. */
export async function recordPlace(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ProblemsError([{ ...problemOfFile(file, `the file ${whyUnreadable(cause)}`), suggestion: ADVICE }]);
  });
  try {
    const { state_dir: stateDir, audit } = checkShape(readYaml(file, text), placeSchema);
    return resolve(dirname(file), audit.directory ?? join(stateDir, 'record'));
  } catch (cause) {
    if (!(cause instanceof ProblemsError)) throw cause;
    throw new ProblemsError([...cause.problems, { ...problemOfFile(file, 'the record was not found.'), suggestion: ADVICE }], );
  }
}
