import type { PlannedServer } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/** How much of a tool server Envoy takes up at once: as much as Sallyport lets through to it. */
export function circuitBreakers(server: PlannedServer): RemarkedMap {
  const { maxConnections, maxPending } = server;
  return {
    '# circuit_breakers':
      'max_upstream_connections and max_upstream_pending of the server: Sallyport refuses what goes beyond them, with a reason, where Envoy would answer 503. Requests whose connection is still being made are pending, too.',
    circuit_breakers: {
      thresholds: [
        {
          max_connections: maxConnections,
          max_pending_requests: maxConnections + maxPending,
          max_requests: maxConnections + maxPending,
          ...retryThreshold(server),
        },
      ],
    },
  };
}

/** How many calls may be tried again at once. */
function retryThreshold({ retries }: PlannedServer): RemarkedMap {
  if (retries === undefined) return { max_retries: 0 };
  return {
    '# retry_budget': 'Percent of the calls in progress, and so many in any case.',
    retry_budget: {
      budget_percent: { value: retries.budgetPercent },
      min_retry_concurrency: retries.budgetReserve,
    },
  };
}
