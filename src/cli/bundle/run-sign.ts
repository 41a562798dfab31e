import { readBundleFile } from '../../bundle/open-bundle.ts';
import { readUnverified } from '../../bundle/read-unverified.ts';
import { signBundle } from '../../bundle/write-bundle.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { readSigningKey } from '../token/read-signing-key.ts';
import { guardedBundle } from './guarded-bundle.ts';
import { placeFile } from './place-file.ts';

export interface SignOptions {
  readonly key: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `policy bundle sign`. @returns the exit code: 0 signed, 2 nothing changed. */
export async function runSign(file: string, { key, out = file, json }: SignOptions, io: CommandIo): Promise<number> {
  return await guardedBundle(io, { json: json === true, refused: EXIT.unusable }, async () => {
    const privateJwk = await readSigningKey(key, io);
    const signed = await signBundle(await readBundleFile(file), privateJwk);
    await placeFile(out, signed);
    const { name, revision, digest } = readUnverified(Buffer.from(signed));
    const { kid } = privateJwk;
    if (json === true) io.print(JSON.stringify({ file: out, name, revision, digest, signed_by: kid }));
    else io.print(`${out}: ${name} revision ${revision}, signed by ${kid}. Digest ${digest}.`);
    return EXIT.ok;
  });
}
