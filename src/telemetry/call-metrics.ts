import Counter from '@prometheus-io/client/lib/counter.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import type Registry from '@prometheus-io/client/lib/registry.js';
import type { Operation } from '../call/treatment.ts';
import type { TraceIds } from '../decision/call-traces.ts';
import { LabelSet } from './label-set.ts';
import { MetricBudget, registerBudgets } from './metric-budget.ts';

/** One call that is over, as it is counted. */
export interface CountedCall {
  readonly server: string;
  /** What was asked; `unread` when it could not be read. */
  readonly method: Operation | 'unread';
  /** Name of the called tool, as the caller wrote it; `undefined` for other calls. */
  readonly tool: string | undefined;
  /** `error.type`, one of a closed set; empty when nothing went wrong. */
  readonly error: string;
  /** From the first check to the end. */
  readonly seconds: number;
  /** Of that, the trip to the tool server; `undefined` when there was none. */
  readonly tripSeconds: number | undefined;
  /** Its span, when that is kept. */
  readonly trace: TraceIds | undefined;
}

/** Counts calls by server and tool. */
export interface CallMetrics {
  /** Names the servers and their tools; what is not among them counts as `_other` or `_invalid`. */
  setCatalogue(servers: Iterable<readonly [server: string, tools: Iterable<string>]>): void;
  called(call: CountedCall): void;
}

/** Of the semantic conventions of MCP, seconds. */
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
/** Label sets of a histogram, each of which is 17 series. */
const MAX_HISTOGRAM_SETS = 250;
const MAX_COUNTER_SETS = 2000;
const OTHER = '_other';

/**
 * Makes them, and shows the budgets of `others` beside theirs. Label values come from the catalogue and closed tables only.
 */
export function registerCallMetrics(registry: Registry, others: readonly MetricBudget[]): CallMetrics {
  const m = register(registry);
  const names = new CatalogueNames();
  const budgets = {
    server: new MetricBudget('mcp_server_operation_duration_seconds', MAX_HISTOGRAM_SETS),
    client: new MetricBudget('mcp_client_operation_duration_seconds', MAX_HISTOGRAM_SETS),
    tools: new MetricBudget('sallyport_tool_calls_total', MAX_COUNTER_SETS),
  };
  registerBudgets(registry, [...others, ...Object.values(budgets)]);
  return {
    setCatalogue: (servers) => names.replace(servers),
    called(call) {
      const [server, tool] = names.fold(call.server, call.tool);
      const { method: mcp_method_name, error: error_type, seconds: value } = call;
      const labels = {
        server: budgets.server.fold([server], [mcp_method_name, error_type])[0],
        mcp_method_name,
        error_type,
      };
      m.server.observe({ labels, value, exemplarLabels: exemplarOf(call.trace) });
      if (call.tripSeconds !== undefined) {
        const folded = budgets.client.fold([tool, server], [mcp_method_name, error_type]);
        const [gen_ai_tool_name = OTHER, at = OTHER] = folded;
        m.client.observe({ server: at, mcp_method_name, gen_ai_tool_name, error_type }, call.tripSeconds);
      }
      if (call.tool === undefined) return;
      const [counted = OTHER, at = OTHER] = budgets.tools.fold([tool, server], [error_type]);
      m.tools.inc({ server: at, tool: counted, error_type });
    },
  };
}

const NO_EXEMPLAR = {};

function exemplarOf(trace: TraceIds | undefined): Record<string, string> {
  return trace?.sampled === true ? { trace_id: trace.traceId, span_id: trace.spanId } : NO_EXEMPLAR;
}

/** The names of a catalogue: which tools there are is known for each server. */
export class CatalogueNames {
  readonly #servers = new LabelSet([]);
  #tools: ReadonlyMap<string, LabelSet> = new Map();

  replace(servers: Iterable<readonly [server: string, tools: Iterable<string>]>): void {
    const all = [...servers];
    this.#servers.replace(all.map(([server]) => server));
    this.#tools = new Map(all.map(([server, tools]) => [server, new LabelSet(tools)]));
  }

  /** The values to label with; a call of no tool has none. */
  fold(server: string, tool: string | undefined): readonly [server: string, tool: string] {
    const ofServer = this.#tools.get(server) ?? NO_TOOLS;
    return [this.#servers.fold(server), tool === undefined ? '' : ofServer.fold(tool)];
  }
}

const NO_TOOLS = new LabelSet([]);

function register(registry: Registry) {
  const registers = [registry];
  return {
    server: new Histogram({
      name: 'mcp_server_operation_duration_seconds',
      help: 'Time of calls from their first check to their end, refused ones too (error_type="denied").',
      labelNames: ['server', 'mcp_method_name', 'error_type'],
      buckets: BUCKETS,
      enableExemplars: true,
      registers,
    }),
    client: new Histogram({
      name: 'mcp_client_operation_duration_seconds',
      help: 'Time of the trips of allowed calls to their tool servers, by tool.',
      labelNames: ['server', 'mcp_method_name', 'gen_ai_tool_name', 'error_type'],
      buckets: BUCKETS,
      registers,
    }),
    tools: new Counter({
      name: 'sallyport_tool_calls_total',
      help: 'Calls of tools by server, tool and how they went wrong; error_type is empty when they did not.',
      labelNames: ['server', 'tool', 'error_type'],
      registers,
    }),
  };
}
