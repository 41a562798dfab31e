/**
 * Writes `envoy/authorize.yaml` and `envoy/inspect.yaml` as `sallyport envoy render` makes them of `envoy/example/`. With
 * `--check` it writes nothing and exits 1 when one of them differs from what it would write.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runRender } from '../src/cli/envoy/run-render.ts';

const FOLDER = fileURLToPath(new URL('../envoy/', import.meta.url));

/** With and without client certificates, so that one file shows both. */
const OPTIONS = {
  bind: '127.0.0.1:8800',
  tlsBind: '127.0.0.1:8843',
  tlsCert: '/etc/sallyport-envoy/server.pem',
  tlsKey: '/etc/sallyport-envoy/server.key',
  clientCa: '/etc/sallyport-envoy/agents-ca.pem',
  admin: '/run/sallyport-envoy/admin.sock',
  caBundle: '/etc/ssl/certs/ca-certificates.crt',
  out: '-',
};

async function rendered(wiring: string): Promise<string> {
  const lines: string[] = [];
  const complain = (line: string): void => console.error(line);
  const config = `${FOLDER}example/sallyport-${wiring}.yaml`;
  const code = await runRender({ ...OPTIONS, config }, { print: (text) => lines.push(text), complain, env: {} });
  if (code !== 0) process.exit(code);
  return `${lines.join('\n')}\n`;
}

for (const wiring of ['authorize', 'inspect']) {
  const file = `${FOLDER}${wiring}.yaml`;
  const text = await rendered(wiring);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`envoy/${wiring}.yaml differs from what it is made of: node scripts/generate-envoy-files.ts`);
    process.exitCode = 1;
  }
}
