import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const NFTABLES = fileURLToPath(new URL('../../.parts/nftables/', import.meta.url));
const NFT = `${NFTABLES}usr/sbin/nft`;

/**
 * For `suite(name, { skip: whyNoNamespace() }, …)`: `false` when connections can be redirected in a network of its own, else
 * the reason. Where `CI=true` nftables is obligatory, so it does not count that it is not there.
 */
export function whyNoNamespace(): string | false {
  if (process.getuid?.() !== 0) return 'only root can make a network namespace';
  if (spawnSync('unshare', ['--net', 'true']).status !== 0) return 'there are no network namespaces here';
  if (process.env['CI'] === 'true' || existsSync(NFT)) return false;
  return 'nft is not in .parts/nftables: node scripts/install-parts.mjs';
}

/** A network of its own, in which commands run. */
export interface NetworkNamespace extends AsyncDisposable {
  /** A command that starts the one behind it in there. */
  readonly through: readonly string[];
  /** Runs a command to its end. @returns What it printed. Throws when it fails. */
  run(...command: readonly string[]): Promise<string>;
  /** Applies rules of nftables. */
  redirect(rules: string): Promise<void>;
}

/** Opens one, with its loopback interface up. It ends with the process that holds it. */
export async function openNamespace(): Promise<NetworkNamespace> {
  const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  const kill = (): void => void holder.kill('SIGKILL');
  process.once('exit', kill);
  const network = `/proc/${holder.pid}/ns/net`;
  while (holder.exitCode === null && readlinkSync(network) === readlinkSync('/proc/self/ns/net')) await pause(5);
  const through = ['nsenter', `--net=${network}`, '--'];
  const run = (...command: readonly string[]): Promise<string> => finish([...through, ...command]);
  await run('ip', 'link', 'set', 'lo', 'up');
  return {
    through,
    run,
    redirect: async (rules) => void (await finish([...through, NFT, '-f', '-'], rules)),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const ended = once(holder, 'exit');
      kill();
      await ended;
    },
  };
}

async function finish([command = '', ...args]: readonly string[], input = ''): Promise<string> {
  const env = { ...process.env, LD_LIBRARY_PATH: librariesIn() };
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  // Few of them read it.
  child.stdin.on('error', () => {}).end(input);
  const [printed, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${complained}`);
  return printed;
}

/** Those that came with it; their folder is named after the architecture. */
function librariesIn(): string {
  const roots = ['usr/lib', 'lib'].map((path) => `${NFTABLES}${path}`).filter((path) => existsSync(path));
  return roots.flatMap((root) => readdirSync(root).map((name) => `${root}/${name}`)).join(':');
}
