import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { JWK } from 'jose';
import { GENERATED_ALGORITHMS, type GeneratedAlgorithm, generateSigningKey } from '../capability/signing-key.ts';
import { codeOf, messageOf } from '../kit/cause.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

export interface GenerateOptions {
  readonly out: string;
  readonly alg: GeneratedAlgorithm;
  readonly kid?: string;
  readonly json?: boolean;
}

/** `sallyport keys`: keys that sign capability tokens. */
export function keysCommand(io: CommandIo = processIo): Command {
  const generate = new Command('generate')
    .description('make a key pair; exit code 0: written, 2: nothing was')
    .requiredOption('--out <dir>', 'where the private key and jwks.json go')
    .addOption(new Option('--alg <name>', 'signature algorithm').choices([...GENERATED_ALGORITHMS]).default('EdDSA'))
    .option('--kid <id>', 'key id (default: the thumbprint of the key)')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (options: GenerateOptions) => void (process.exitCode = await runGenerate(options, io)));
  return new Command('keys').description('keys that sign capability tokens').addCommand(generate);
}

/**
 * Writes a new private key (`DIR/KID.private.json`, 0600) and adds its public half to `DIR/jwks.json`.
 *
 * Run again in the same directory it prepares a rotation: both keys are published, and tokens can be signed with either.
 *
 * @returns the exit code: 0 written, 2 nothing written.
 */
export async function runGenerate({ out, alg, kid: wanted, json }: GenerateOptions, io: CommandIo): Promise<number> {
  return guarded(io, async () => {
    if (wanted !== undefined && !/^[A-Za-z0-9_-]{1,128}$/.test(wanted)) {
      throw new CommandError('--kid must be 1 to 128 letters, digits, - or _.');
    }
    const jwks = join(out, 'jwks.json');
    const published = await readPublished(jwks);
    if (published.some(({ kid }) => kid === wanted))
      throw new CommandError(`${jwks} has a key ${wanted}; choose another --kid.`);
    const { kid, privateJwk, publicJwk } = await generateSigningKey(alg, wanted);
    const path = join(out, `${kid}.private.json`);
    await write(out, path, privateJwk, jwks, [...published, publicJwk]);
    if (json === true) io.print(JSON.stringify({ kid, alg, private_key: path, jwks }));
    else printWritten(io, { kid, path, jwks });
    return EXIT.ok;
  });
}

async function readPublished(path: string): Promise<readonly JWK[]> {
  try {
    const { keys }: { keys?: unknown } = JSON.parse(await readFile(path, 'utf8'));
    if (Array.isArray(keys)) return keys;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
  }
  throw new CommandError(`${path} is there and is not a JWK Set; move it away.`);
}

async function write(out: string, path: string, privateJwk: JWK, jwks: string, keys: readonly JWK[]): Promise<void> {
  try {
    await mkdir(out, { recursive: true, mode: 0o700 });
    await writeFile(path, `${JSON.stringify(privateJwk)}\n`, { mode: 0o600, flag: 'wx' });
    await writeFile(`${jwks}.new`, `${JSON.stringify({ keys }, undefined, 2)}\n`, { mode: 0o644 });
    await rename(`${jwks}.new`, jwks);
  } catch (cause) {
    throw new CommandError(`the keys cannot be written (${messageOf(cause)}).`);
  }
}

function printWritten(io: CommandIo, { kid, path, jwks }: { kid: string; path: string; jwks: string }): void {
  io.print(`key     ${kid}`);
  io.print(`private ${path} (0600; keep it where tokens are minted, and nowhere else)`);
  io.print(`public  ${jwks} (name it in sallyport.yaml: authenticate.issuers[].jwks.file)`);
}
