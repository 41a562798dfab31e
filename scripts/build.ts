/**
 * Builds `dist/`: the program and its threads, each with the packages it needs in it.
 *
 * Node then finds, reads and compiles a hundred files instead of eight hundred. Names are kept, so that a stack trace says what
 * ran; white space is not, since V8 keeps the text of all that it loads.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** Packages in CommonJS ask for `require`, which modules do not have. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

await rm(DIST, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  // Side by side: the program finds its threads, and the package it is in, from where it is itself.
  entryPoints: {
    'cli/main': 'src/cli/main.ts',
    'cli/parse-worker': 'src/call/parse-worker.ts',
    'cli/signer-worker': 'src/audit/signer/signer-worker.ts',
    'cli/vault-worker': 'src/vault/vault-worker.ts',
    'cli/ship-worker': 'src/assemble/shipping/ship-worker.ts',
  },
  chunkNames: 'cli/[name]-[hash]',
  outdir: DIST,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  // Its WebAssembly in its code, instead of in a file beside it.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  banner: { js: REQUIRE },
  metafile: true,
});
await writeFile(join(DIST, 'THIRD-PARTY-NOTICES.txt'), await noticesOf(metafile));

/** The licence texts of all packages that are in the bundle, which they ask for. @throws when one has none. */
async function noticesOf({ inputs }: Metafile): Promise<string> {
  const packages = new Set(Object.keys(inputs).flatMap((path) => packageOf(path) ?? []));
  const notices = await Promise.all([...packages].toSorted().map(noticeOf));
  return `Sallyport is distributed with these packages.\n\n${notices.join('\n')}`;
}

/** The folder of the package that a file is of: `node_modules/` and one or two names, the last of several. */
function packageOf(path: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined) throw new Error(`${folder} names no licence`);
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : await readFile(join(ROOT, folder, file), 'utf8');
  return `${'-'.repeat(72)}\n${name} ${version} (${license})\n\n${text.trim()}\n`;
}
