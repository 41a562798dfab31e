/** One panel: what it asks Prometheus, and how the answer is shown. */
export interface Panel {
  readonly title: string;
  /** Query by the legend of its lines. */
  readonly queries: Readonly<Record<string, string>>;
  /** Unit of Grafana's. */
  readonly unit: 'reqps' | 'percentunit' | 's' | 'short' | 'bytes' | 'ops';
  readonly shows?: 'lines' | 'number' | 'table';
  /** For who looks at it. */
  readonly says?: string;
}

/** A dashboard. */
export interface Dashboard {
  /** Name of the file, and part of its address in Grafana. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}
