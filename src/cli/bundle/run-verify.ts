import { bundleSources } from '../../bundle/bundle-sources.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import type { PolicyBundle } from '../../bundle/policy-bundle.ts';
import { sha256Hex } from '../../kit/digest.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { guardedBundle } from './guarded-bundle.ts';

export interface VerifyOptions {
  readonly keys: string;
  readonly name?: string;
  readonly json?: boolean;
}

/** `policy bundle verify`. @returns the exit code: 0 good, 1 refused, 2 it could not be told. */
export async function runVerify(file: string, options: VerifyOptions, io: CommandIo): Promise<number> {
  const json = options.json === true;
  return await guardedBundle(io, { json, refused: EXIT.negative }, async () => {
    const bundle = await openBundle({ file, keys: options.keys, name: options.name });
    bundleSources(file, bundle.files);
    if (json) io.print(JSON.stringify(summaryOf(bundle)));
    else {
      const { name, revision, digest, signedBy, createdAt } = bundle;
      io.print(`${file}: good. ${name} revision ${revision} of ${createdAt}, signed by ${signedBy}. Digest ${digest}.`);
    }
    return EXIT.ok;
  });
}

function summaryOf({ name, revision, digest, createdAt, signedBy, files }: PolicyBundle): object {
  const listed = files.map(({ path, use, text }) => ({ path, use, sha256: sha256Hex(text) }));
  return { verified: true, name, revision, digest, created_at: createdAt, signed_by: signedBy, files: listed };
}
