/**
 * Writes `dashboards/*.json` for Grafana from `scripts/dashboards/`. With `--check` it writes nothing and exits 1 when one differs
 * from what it would write, is missing, or belongs to no dashboard.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DASHBOARDS } from './dashboards/dashboards.ts';
import type { Dashboard, Panel } from './dashboards/panel.ts';

const FOLDER = fileURLToPath(new URL('../dashboards/', import.meta.url));
const [WIDTH, HEIGHT, IN_A_ROW] = [12, 8, 2];
const TYPES = { lines: 'timeseries', number: 'stat', table: 'table' } as const;
/** To the other dashboards, with the instance that is looked at. */
const LINK = {
  type: 'dashboards',
  tags: ['sallyport'],
  title: 'Sallyport',
  icon: 'external link',
  tooltip: '',
  asDropdown: true,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
};
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

function panelOf({ title, queries, unit, shows = 'lines', says }: Panel, index: number): object {
  const [row, column] = [Math.floor(index / IN_A_ROW), index % IN_A_ROW];
  return {
    id: index + 1,
    type: TYPES[shows],
    title,
    ...(says === undefined ? {} : { description: says }),
    datasource: DATASOURCE,
    gridPos: { x: column * WIDTH, y: row * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: Object.entries(queries).map(([legendFormat, expr], target) => ({
      refId: String.fromCodePoint('A'.codePointAt(0)! + target),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      exemplar: expr.startsWith('histogram_quantile'),
      ...(shows === 'table' ? { format: 'table', instant: true } : {}),
    })),
  };
}

function dashboardOf({ name, title, panels }: Dashboard): object {
  const variable = { hide: 0, includeAll: true, multi: true, refresh: 2 };
  return {
    uid: `sallyport-${name}`,
    title,
    tags: ['sallyport'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', hide: 0 },
        {
          ...variable,
          name: 'instance',
          type: 'query',
          datasource: DATASOURCE,
          query: 'label_values(sallyport_build_info, instance)',
        },
      ],
    },
    links: [LINK],
    panels: panels.map(panelOf),
  };
}

const texts = new Map(
  DASHBOARDS.map((one) => [`${one.name}.json`, `${JSON.stringify(dashboardOf(one), undefined, 2)}\n`]),
);
const strangers = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && !texts.has(file));
if (process.argv.includes('--check')) {
  const differ = (file: string): boolean =>
    !existsSync(FOLDER + file) || readFileSync(FOLDER + file, 'utf8') !== texts.get(file);
  for (const file of [...strangers, ...[...texts.keys()].filter(differ)]) {
    console.error(`dashboards/${file} differs from what it is made of: node scripts/generate-dashboards.ts`);
    process.exitCode = 1;
  }
} else {
  for (const file of strangers) rmSync(FOLDER + file);
  for (const [file, text] of texts) writeFileSync(FOLDER + file, text);
}
