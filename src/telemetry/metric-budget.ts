import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import type Registry from '@prometheus-io/client/lib/registry.js';
import { SetBudget } from './label-set.ts';

const OTHER = '_other';

/**
 * How many label sets one metric may have. Beyond that only the labels that grow are folded into `_other`, one after another, so
 * that what went wrong and where can still be told.
 */
export class MetricBudget {
  readonly metric: string;
  readonly limit: number;
  /** Hears of each sample that was folded. */
  onFold: () => void = () => {};
  readonly #sets: SetBudget;

  constructor(metric: string, limit: number) {
    this.metric = metric;
    this.limit = limit;
    this.#sets = new SetBudget(limit);
  }

  /** Label sets that are in use. */
  get size(): number {
    return this.#sets.size;
  }

  /**
   * The values to label with in place of `growing`: the first is the first to be folded. `closed` are labels with few values.
   */
  fold(growing: readonly string[], closed: readonly string[]): readonly string[] {
    let values = growing;
    for (let at = 0; !this.#sets.admits(...values, ...closed); at += 1) {
      if (at === 0) this.onFold();
      // Folded throughout they are as many as the closed labels have values.
      if (at >= values.length) return values;
      values = values.with(at, OTHER);
    }
    return values;
  }
}

/** Shows the budgets: what is in use of each, its limit, and the samples that did not fit. */
export function registerBudgets(registry: Registry, budgets: readonly MetricBudget[]): void {
  const registers = [registry];
  const folded = new Counter({
    name: 'sallyport_metric_budget_overflow_total',
    help: 'Samples whose label set was one too many for its metric and was folded into _other.',
    labelNames: ['metric'],
    registers,
  });
  for (const budget of budgets) budget.onFold = () => folded.inc({ metric: budget.metric });
  new Gauge({
    name: 'sallyport_metric_label_sets',
    help: 'Label sets that a metric has.',
    labelNames: ['metric'],
    registers,
    collect() {
      for (const { metric, size } of budgets) this.set({ metric }, size);
    },
  });
  new Gauge({
    name: 'sallyport_metric_label_sets_limit',
    help: 'Label sets that a metric may have.',
    labelNames: ['metric'],
    registers,
    collect() {
      for (const { metric, limit } of budgets) this.set({ metric }, limit);
    },
  });
}
