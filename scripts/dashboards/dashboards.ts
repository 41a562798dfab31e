import type { Dashboard } from './panel.ts';

/** Calls that go wrong because the service or a tool does, not because of who calls. */
const FAILED = 'error_type!~"|denied|held|cancelled|undelivered|http_4xx|-32700|-32600|-32601|-32602|-32002"';

const quantile = (share: number, metric: string, by: string): string =>
  `histogram_quantile(${share}, sum by (${by}, le) (rate(${metric}_bucket{instance=~"$instance"}[$__rate_interval])))`;
const rate = (metric: string, by: string, labels = ''): string =>
  `sum by (${by}) (rate(${metric}{instance=~"$instance"${labels === '' ? '' : `,${labels}`}}[$__rate_interval]))`;
const inADay = (metric: string, by: string): string =>
  `sum by (${by}) (increase(${metric}{instance=~"$instance"}[1d]))`;
const now = (metric: string, labels = ''): string =>
  `${metric}{instance=~"$instance"${labels === '' ? '' : `,${labels}`}}`;

/** The dashboards that are shipped, each as few panels as answer its question. */
export const DASHBOARDS: readonly Dashboard[] = [
  {
    name: 'overview',
    title: 'Sallyport: overview',
    panels: [
      { title: 'Calls', unit: 'reqps', queries: { '{{verdict}}': rate('sallyport_decisions_total', 'verdict') } },
      {
        title: 'Failed calls',
        unit: 'percentunit',
        says: 'Without what callers may not do, did wrong, or did not wait for.',
        queries: { '{{server}}': 'server:mcp_failures:ratio_rate5m' },
      },
      {
        title: 'Time of a call',
        unit: 's',
        says: 'With exemplars: a point leads to its trace.',
        queries: {
          'p50 {{server}}': quantile(0.5, 'mcp_server_operation_duration_seconds', 'server'),
          'p99 {{server}}': quantile(0.99, 'mcp_server_operation_duration_seconds', 'server'),
        },
      },
      {
        title: 'What became of allowed calls',
        unit: 'reqps',
        queries: { '{{kind}}': rate('sallyport_outcomes_total', 'kind') },
      },
      {
        title: 'Under way',
        unit: 'short',
        queries: {
          'calls': now('sallyport_calls_in_flight'),
          'in Envoy, {{listener}}': now('sallyport_exchanges_open'),
        },
      },
      { title: 'Versions', unit: 'short', shows: 'table', queries: { '{{version}}': now('sallyport_build_info') } },
    ],
  },
  {
    name: 'tools',
    title: 'Sallyport: tools',
    panels: [
      {
        title: 'Calls by tool',
        unit: 'reqps',
        queries: { '{{server}} {{tool}}': rate('sallyport_tool_calls_total', 'server, tool') },
      },
      {
        title: 'Failures by tool',
        unit: 'reqps',
        queries: {
          '{{server}} {{tool}} {{error_type}}': rate('sallyport_tool_calls_total', 'server, tool, error_type', FAILED),
        },
      },
      {
        title: 'Time of the tool server, p50',
        unit: 's',
        queries: {
          '{{server}} {{gen_ai_tool_name}}': quantile(
            0.5,
            'mcp_client_operation_duration_seconds',
            'server, gen_ai_tool_name',
          ),
        },
      },
      {
        title: 'Time of the tool server, p99',
        unit: 's',
        queries: {
          '{{server}} {{gen_ai_tool_name}}': quantile(
            0.99,
            'mcp_client_operation_duration_seconds',
            'server, gen_ai_tool_name',
          ),
        },
      },
      {
        title: 'In quarantine',
        unit: 'short',
        shows: 'table',
        queries: { '{{server}}': now('sallyport_quarantined_tools') },
      },
    ],
  },
  {
    name: 'refusals',
    title: 'Sallyport: refusals',
    panels: [
      { title: 'Refused', unit: 'percentunit', queries: { '{{server}}': 'server:sallyport_refusals:ratio_rate5m' } },
      {
        title: 'By reason',
        unit: 'reqps',
        queries: { '{{reason}}': rate('sallyport_decisions_total', 'reason', 'verdict!="allow"') },
      },
      {
        title: 'By check',
        unit: 'reqps',
        queries: { '{{stage}} {{verdict}}': rate('sallyport_decisions_total', 'stage, verdict', 'verdict!="allow"') },
      },
      {
        title: 'It could not be told',
        unit: 'reqps',
        says: 'Faults are never policy: each is something to look into.',
        queries: { '{{server}} {{reason}}': rate('sallyport_decisions_total', 'server, reason', 'verdict="fault"') },
      },
    ],
  },
  {
    name: 'limits-and-breakers',
    title: 'Sallyport: limits and breakers',
    panels: [
      {
        title: 'Refused for a limit',
        unit: 'reqps',
        queries: { '{{server}} {{reason}}': rate('sallyport_decisions_total', 'server, reason', 'stage="limit"') },
      },
      {
        title: 'The shared store is lost',
        unit: 'short',
        shows: 'number',
        queries: { lost: now('sallyport_limit_store_lost') },
      },
      {
        title: 'Time without the shared store',
        unit: 's',
        queries: { 'in an hour': `increase(${now('sallyport_limit_store_lost_seconds_total')}[1h])` },
      },
      {
        title: 'Judged without it',
        unit: 'reqps',
        queries: { '{{how}}': rate('sallyport_limits_without_store_total', 'how') },
      },
      {
        title: 'Breakers by state',
        unit: 'short',
        queries: { '{{server}} {{state}}': `sum by (server, state) (${now('sallyport_breakers')})` },
      },
      {
        title: 'Changes of breakers',
        unit: 'ops',
        queries: { '{{server}} {{to}}': rate('sallyport_breaker_changes_total', 'server, to') },
      },
      {
        title: 'Shed, by class',
        unit: 'reqps',
        queries: { '{{priority}}': rate('sallyport_calls_shed_total', 'priority') },
      },
      {
        title: 'Tried again',
        unit: 'reqps',
        queries: { '{{server}}': rate('sallyport_retries_total', 'server') },
      },
      {
        title: 'Answers that something stood in for',
        unit: 'reqps',
        queries: { '{{server}} {{source}}': rate('sallyport_fallbacks_total', 'server, source') },
      },
    ],
  },
  {
    name: 'usage',
    title: 'Sallyport: usage',
    panels: [
      {
        title: 'Tokens',
        unit: 'ops',
        says: 'Each once: what came from a cache is no input.',
        queries: { '{{server}} {{type}}': rate('sallyport_tokens_total', 'server, type') },
      },
      {
        title: 'Tokens in a day, by tenant',
        unit: 'short',
        shows: 'table',
        queries: { '{{tenant}} {{type}}': inADay('sallyport_tokens_total', 'tenant, type') },
      },
      {
        title: 'Tokens of a request, p50 and p99',
        unit: 'short',
        queries: {
          'p50 {{server}} {{gen_ai_token_type}}': quantile(
            0.5,
            'gen_ai_client_token_usage',
            'server, gen_ai_token_type',
          ),
          'p99 {{server}} {{gen_ai_token_type}}': quantile(
            0.99,
            'gen_ai_client_token_usage',
            'server, gen_ai_token_type',
          ),
        },
      },
      {
        title: 'Costs',
        unit: 'ops',
        says: 'In the unit of the rule or budget with the price, a second.',
        queries: { '{{rule}} in {{unit}}': rate('sallyport_cost_total', 'rule, unit') },
      },
      {
        title: 'Costs in a day, by tool',
        unit: 'short',
        shows: 'table',
        queries: { '{{server}} {{tool}} in {{unit}}': inADay('sallyport_cost_total', 'server, tool, unit') },
      },
      {
        title: 'Costs in a day, by tenant',
        unit: 'short',
        shows: 'table',
        queries: { '{{tenant}} in {{unit}}': inADay('sallyport_cost_total', 'tenant, unit') },
      },
      {
        title: 'Costs in a day, by agent',
        unit: 'short',
        shows: 'table',
        says: 'Those that telemetry.metrics.agents names.',
        queries: { '{{agent}} in {{unit}}': inADay('sallyport_agent_cost_total', 'agent, unit') },
      },
      {
        title: 'Tokens in a day, by agent',
        unit: 'short',
        shows: 'table',
        queries: { '{{agent}} {{type}}': inADay('sallyport_agent_tokens_total', 'agent, type') },
      },
    ],
  },
  {
    name: 'audit',
    title: 'Sallyport: the record',
    panels: [
      {
        title: 'Cannot be written',
        unit: 'short',
        shows: 'number',
        queries: { failing: now('sallyport_record_failing') },
      },
      {
        title: 'Counted instead of written',
        unit: 'ops',
        queries: { '{{kind}}': rate('sallyport_records_lost_total', 'kind') },
      },
      {
        title: 'Refusals counted by caller and reason',
        unit: 'ops',
        queries: { counted: rate('sallyport_refusals_counted_total', '') },
      },
      {
        title: 'Checkpoints',
        unit: 'ops',
        queries: { '{{result}}': rate('sallyport_checkpoints_total', 'result') },
      },
      {
        title: 'Checkpoints outside',
        unit: 'short',
        says: 'failing: they do not reach their place. behind: the record was cut or taken back.',
        queries: { '{{state}}': now('sallyport_checkpoints_outside') },
      },
      {
        title: 'Shipping: behind for',
        unit: 's',
        says: 'Time since a place last had every signed record.',
        queries: { '{{sink}}': now('sallyport_ship_lag_seconds') },
      },
      {
        title: 'Shipping: records behind',
        unit: 'short',
        queries: { '{{sink}}': now('sallyport_ship_behind_records') },
      },
      {
        title: 'Shipping: records',
        unit: 'ops',
        says: 'missing: they were gone before they could be shipped. refused: the place will not have them.',
        queries: { '{{sink}} {{result}}': rate('sallyport_ship_records_total', 'sink, result') },
      },
      {
        title: 'Shipping: failed attempts',
        unit: 'ops',
        queries: { '{{sink}}': rate('sallyport_ship_failures_total', 'sink') },
      },
      {
        title: 'Payload vault',
        unit: 'ops',
        says: 'lost: arguments or replies that were counted instead of kept.',
        queries: { '{{kind}} {{result}}': rate('sallyport_vault_payloads_total', 'kind, result') },
      },
      {
        title: 'Payload vault: failing',
        unit: 'short',
        queries: { failing: now('sallyport_vault_failing') },
      },
      {
        title: 'Payload vault: uses of its key',
        unit: 'percentunit',
        says: 'From half on it should be changed; when all are made it is refused.',
        queries: { used: now('sallyport_vault_key_used_ratio') },
      },
      {
        title: 'Exchanges in Envoy',
        unit: 'ops',
        says: 'unjudged, unattended: ext_proc is not in the way. expired: nobody told an outcome.',
        queries: { '{{listener}} {{event}}': rate('sallyport_exchange_events_total', 'listener, event') },
      },
      {
        title: 'Outcomes that stay unknown',
        unit: 'ops',
        queries: {
          '{{server}} {{kind}}': rate('sallyport_outcomes_total', 'server, kind', 'kind=~"unknown|undelivered"'),
        },
      },
    ],
  },
  {
    name: 'cardinality',
    title: 'Sallyport: cardinality',
    panels: [
      {
        title: 'Label sets, of those a metric may have',
        unit: 'percentunit',
        queries: {
          '{{metric}}': `${now('sallyport_metric_label_sets')} / ${now('sallyport_metric_label_sets_limit')}`,
        },
      },
      {
        title: 'Folded because it was one too many',
        unit: 'ops',
        queries: { '{{metric}}': rate('sallyport_metric_budget_overflow_total', 'metric') },
      },
      {
        title: 'Folded because it is no name of the catalogue',
        unit: 'ops',
        queries: { '{{label}}': rate('sallyport_label_overflow_total', 'label') },
      },
      {
        title: 'Series of a Sallyport in Prometheus',
        unit: 'short',
        queries: { '{{instance}}': 'scrape_samples_scraped{instance=~"$instance"}' },
      },
      { title: 'Series of Prometheus', unit: 'short', queries: { head: 'prometheus_tsdb_head_series' } },
    ],
  },
  {
    name: 'self',
    title: 'Sallyport: itself',
    panels: [
      {
        title: 'Time of a decision',
        unit: 's',
        queries: {
          p50: quantile(0.5, 'sallyport_decision_duration_seconds', 'instance'),
          p99: quantile(0.99, 'sallyport_decision_duration_seconds', 'instance'),
        },
      },
      { title: 'CPU', unit: 'percentunit', queries: { '{{instance}}': rate('process_cpu_seconds_total', 'instance') } },
      { title: 'Memory', unit: 'bytes', queries: { '{{instance}}': now('process_resident_memory_bytes') } },
      {
        title: 'Event loop busy',
        unit: 'percentunit',
        queries: { '{{instance}}': now('sallyport_event_loop_utilization') },
      },
      {
        title: 'Configuration reloads',
        unit: 'ops',
        queries: { '{{result}}': rate('sallyport_config_reloads_total', 'result') },
      },
      {
        title: 'An older configuration is in force',
        unit: 'short',
        shows: 'number',
        queries: { 'last reload good': now('sallyport_config_last_reload_ok') },
      },
      {
        title: 'Age of the configuration',
        unit: 's',
        queries: { '{{instance}}': now('sallyport_config_age_seconds') },
      },
      { title: 'Spans', unit: 'ops', queries: { '{{fate}}': rate('sallyport_trace_spans_total', 'fate') } },
      { title: 'Spans that wait', unit: 'short', queries: { '{{instance}}': now('sallyport_trace_queue_spans') } },
      {
        title: 'Calls whose spans were left out',
        unit: 'ops',
        queries: { '{{why}}': rate('sallyport_traces_left_out_total', 'why') },
      },
    ],
  },
];

/** Metrics that no panel shows: for who looks deeper. */
export const RAW_METRICS: readonly string[] = [];
