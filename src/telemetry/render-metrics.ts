import { setImmediate as nextTurn } from 'node:timers/promises';
import type Registry from '@prometheus-io/client/lib/registry.js';

/** One form of `/metrics`. */
export interface MetricsPage {
  render(): Promise<string>;
  readonly contentType: string;
}

const TOTAL = '_total';

/**
 * `/metrics` of a registry for OpenMetrics, in both forms that Prometheus reads. Only OpenMetrics has exemplars.
 *
 * Metrics are written one in a turn of the event loop, so that calls go on meanwhile, and once for all who ask at the same time.
 */
export function metricsPages(registry: Registry): { readonly text: MetricsPage; readonly openMetrics: MetricsPage } {
  let underWay: Promise<string> | undefined;
  const render = (): Promise<string> => {
    underWay ??= renderInTurns(registry).finally(() => (underWay = undefined));
    return underWay;
  };
  return {
    openMetrics: { render, contentType: registry.contentType },
    text: { render: async () => plainOf(await render()), contentType: 'text/plain; version=0.0.4; charset=utf-8' },
  };
}

async function renderInTurns(registry: Registry): Promise<string> {
  const parts: string[] = [];
  for (const { name, metric } of named(registry)) {
    // The client adds the ending of a counter to each of its samples.
    if (metric.type === COUNTER) metric.name = name.replace(/_total$/, '');
    parts.push(await registry.getSingleMetricAsString(name));
    await nextTurn();
  }
  return `${parts.join('\n')}\n# EOF\n`;
}

const COUNTER = 'counter';

interface Named {
  name: string;
  readonly type: unknown;
}

/** Each metric with the name under which it was registered. */
function named(registry: Registry): readonly { readonly name: string; readonly metric: Named }[] {
  return registry.getMetricsAsArray().map((metric) => ({
    name: isCounter(metric) && !metric.name.endsWith(TOTAL) ? `${metric.name}${TOTAL}` : metric.name,
    metric,
  }));
}

function isCounter({ type }: Named): boolean {
  return type === COUNTER;
}

/** The same in the older form: counters have their whole name everywhere, and there are no exemplars. */
function plainOf(openMetrics: string): string {
  const counters = new Set<string>();
  for (const [, name = ''] of openMetrics.matchAll(/^# TYPE (\S+) counter$/gm)) counters.add(name);
  return openMetrics
    .replace(/# EOF\n$/, '')
    .replaceAll(/ # \{[^\n]*$/gm, '')
    .replaceAll(/^(# (?:HELP|TYPE) )(\S+)/gm, (_line, head: string, name: string) =>
      counters.has(name) ? `${head}${name}${TOTAL}` : `${head}${name}`,
    );
}
