import { BUNDLE_NAME } from '../../bundle/bundle-name.ts';
import { bundleSources } from '../../bundle/bundle-sources.ts';
import { readUnsigned, writeBundle } from '../../bundle/write-bundle.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { BundleFile } from '../../bundle/policy-bundle.ts';
import { printProblem } from '../../kit/problem.ts';
import { compilePolicies } from '../../policy/load-policies.ts';
import { pinsCatalogue } from '../../policy/pins-catalogue.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { readCataloguePins } from '../read-policy-project.ts';
import { collectFiles } from './collect-files.ts';
import { guardedBundle } from './guarded-bundle.ts';
import { placeFile } from './place-file.ts';

export interface BuildOptions {
  readonly name: string;
  readonly revision: string;
  readonly out: string;
  readonly catalogue?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** `policy bundle build`. @returns the exit code: 0 built, with warnings on standard error; 2 nothing was. */
export async function runBuild(
  directory: string,
  options: BuildOptions,
  io: CommandIo,
  nowMs: number,
): Promise<number> {
  return await guardedBundle(io, { json: options.json === true, refused: EXIT.unusable }, async () => {
    const { name, out } = options;
    if (!BUNDLE_NAME.test(name)) {
      throw new CommandError('--name must be lower-case letters, digits, ".", "_" and "-", at most 63.');
    }
    const files = collectFiles(directory);
    const catalogue = await catalogueFor(options);
    const warnings = catalogue === undefined ? [] : warningsOf(files, catalogue, out);
    const text = writeBundle({ name, revision: readRevision(options.revision), createdAtMs: nowMs, files });
    await placeFile(out, text);
    const { revision, digest } = readUnsigned(Buffer.from(text));
    for (const warning of warnings) io.complain(printProblem(warning));
    if (options.json === true) {
      io.print(JSON.stringify({ file: out, name, revision, digest, files: files.map(({ path }) => path), warnings }));
    } else io.print(`${out}: ${name} revision ${revision}, ${files.length} files, not signed. Digest ${digest}.`);
    return EXIT.ok;
  });
}

async function catalogueFor({ catalogue, config }: BuildOptions): Promise<Catalogue | undefined> {
  if (catalogue !== undefined && config !== undefined) throw new CommandError('Say --catalogue or --config, not both.');
  if (config !== undefined) return await readCataloguePins(config);
  return catalogue === undefined ? undefined : pinsCatalogue(catalogue);
}

/** What is to be said of the rules, read as they will be read. @throws ProblemsError for rules that cannot be used. */
function warningsOf(files: readonly BundleFile[], catalogue: Catalogue, out: string) {
  const { sources, readText } = bundleSources(out, files);
  return compilePolicies(sources, catalogue, { readText }).warnings;
}

function readRevision(text: string): number {
  const revision = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(revision)) return revision;
  throw new CommandError('--revision must be a whole number from 1 on.');
}
