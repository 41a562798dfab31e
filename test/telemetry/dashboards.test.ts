import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { RAW_METRICS } from '../../scripts/dashboards/dashboards.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { PROMTOOL, whyNoPrometheus } from './telemetry-parts.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALERTS = join(ROOT, 'alerts');
const DASHBOARDS = join(ROOT, 'dashboards');
/** Of Prometheus itself. */
const OF_PROMETHEUS = ['up', 'prometheus_tsdb_head_series', 'scrape_samples_scraped'];

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}

function rulesOf(file: string): readonly Rule[] {
  const { groups } = parse(readFileSync(join(ALERTS, file), 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

function queriesOf(file: string): readonly string[] {
  const { panels } = JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

/** Names of metrics in a query: words that stand before labels, a range, an operator or the end, and are none of the language. */
function namesIn(query: string): readonly string[] {
  const bare = query.replaceAll(/"[^"]*"/g, '').replaceAll(/\b(by|on|without)\s*\([^)]*\)/g, '');
  const plain = bare.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ');
  const words = plain.match(/[a-z][a-z0-9_:]*(?!\s*\()\b/g) ?? [];
  return words.filter(
    (word) => (!['and', 'or', 'unless', 'offset', 'sum', 'by'].includes(word) && word.includes('_')) || word === 'up',
  );
}

/** Every metric that a Sallyport with everything turned on has, by the names of its samples. */
async function exported(): Promise<ReadonlyMap<string, string>> {
  const metrics = createMetrics({ version: '0', nowMs: () => 0 });
  metrics.traceMetrics().watchQueue(() => 0);
  metrics.vaultMetrics();
  metrics.watchLimitStore(() => ({ isLost: false, lostMs: 0 }));
  metrics.watchBreakers(() => []);
  metrics.watchExchanges(() => []);
  const types = (await metrics.render()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
  return new Map([...types].map(([, name = '', type = '']) => [name, type]));
}

/** The metric that a sample belongs to. */
function metricOf(sample: string, known: ReadonlyMap<string, string>): string | undefined {
  const [base = sample] = sample.split(/_(?:bucket|sum|count)$/);
  if (known.has(sample)) return sample;
  return known.get(base) === 'histogram' ? base : undefined;
}

suite('dashboards and alerts', () => {
  const asked = [
    ...readdirSync(DASHBOARDS).flatMap((file) => queriesOf(file).map((query) => [file, query] as const)),
    ...rulesOf('recording.yaml').map(({ expr }) => ['recording.yaml', expr] as const),
    ...rulesOf('alerts.yaml').map(({ expr }) => ['alerts.yaml', expr] as const),
  ];
  const recorded = new Set(rulesOf('recording.yaml').map(({ record }) => record));

  test('ask only for what there is', async () => {
    const known = await exported();
    const names = asked.flatMap(([file, query]) => namesIn(query).map((name) => [file, name] as const));
    assert.ok(names.length > 50, String(names.length));
    for (const [file, name] of names) {
      const found = OF_PROMETHEUS.includes(name) || recorded.has(name) || metricOf(name, known) !== undefined;
      assert.ok(found, `${file} asks for ${name}`);
    }
  });

  test('show every metric, or it is listed as raw', async () => {
    const known = await exported();
    const shown = new Set(asked.flatMap(([, query]) => namesIn(query)).map((name) => metricOf(name, known)));
    const neither = [...known.keys()].filter((name) => !shown.has(name) && !RAW_METRICS.includes(name));
    assert.deepEqual(neither, [], 'give each a panel in scripts/dashboards/, or name it in RAW_METRICS');
    assert.deepEqual(
      RAW_METRICS.filter((name) => shown.has(name) || !known.has(name)),
      [],
    );
  });

  test('record what is named level:metric:operation', () => {
    for (const name of recorded) assert.match(name ?? '', /^[a-z_]+:[a-z][a-z0-9_]+:[a-z][a-z0-9_]+$/);
    assert.ok(recorded.size > 3);
  });

  test('use every recorded rule', () => {
    const used = new Set(asked.flatMap(([, query]) => namesIn(query)));
    assert.deepEqual(
      [...recorded].filter((name) => name !== undefined && !used.has(name)),
      [],
    );
  });

  test('have panels that Prometheus understands', { skip: whyNoPrometheus() }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panels-'));
    const rules = asked.map(([, query], index) => ({
      record: `panel:query:${index}`,
      expr: query.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    await writeFile(join(folder, 'panels.yaml'), JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'rules', 'panels.yaml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    await rm(folder, { recursive: true });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });

  test('are what promtool takes, and say what they should of recorded series', { skip: whyNoPrometheus() }, () => {
    for (const args of [
      ['check', 'rules', 'recording.yaml', 'alerts.yaml'],
      ['test', 'rules', 'alerts.test.yaml'],
    ]) {
      const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd: ALERTS, encoding: 'utf8' });
      assert.equal(status, 0, `${stdout}${stderr}`);
    }
  });

  test('have each alert tested', () => {
    const tests = readFileSync(join(ALERTS, 'alerts.test.yaml'), 'utf8');
    const names = rulesOf('alerts.yaml').map(({ alert = '' }) => alert);
    assert.deepEqual(
      names.filter((name) => !tests.includes(name)),
      [],
    );
  });
});
