import { startFaultProxy } from '../faults/fault-proxy.ts';
import type { ChaosFault, Scene, Setting } from './fault.ts';
import type { Stage } from './stage.ts';

const WIRINGS = ['authorize', 'inspect'] as const;
/** What Envoy says by itself when nobody tells it whether a call is allowed. */
const UNDECIDED = /^50[34] envoy\.50[34]$/;
const CUT = /^(closed|no connection)$/;

function onStage(begin: (stage: Stage) => unknown, end: (stage: Stage) => unknown): () => Promise<Scene> {
  return async () => ({
    begin: async (stage) => begin(stage),
    end: async (stage) => end(stage),
    async [Symbol.asyncDispose]() {},
  });
}

const signal =
  (name: NodeJS.Signals) =>
  ({ served }: Stage): unknown =>
    process.kill(served.pid, name);

/** One of ten places of the tool server stops to listen, and comes back. */
async function tenthDown({ upstream }: Setting): Promise<Scene> {
  const way = await startFaultProxy(upstream);
  const placeAt = (port: number | string): string =>
    `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }`;
  const own = placeAt(new URL(upstream).port);
  return {
    edit(text) {
      if (!text.includes(own)) throw new Error('the rendered file has no place of the tool server');
      return text.replaceAll(own, [...Array.from({ length: 9 }, () => own), placeAt(way.port)].join(', '));
    },
    begin: () => way.set('refused'),
    end: () => way.set('none'),
    [Symbol.asyncDispose]: () => way[Symbol.asyncDispose](),
  };
}

/** What befalls Envoy, Sallyport behind it, and what Envoy forwards to. */
export const ENVOY_FAULTS: readonly ChaosFault[] = [
  {
    id: 'envoy-killed',
    what: 'Envoy is killed and started again',
    carriers: WIRINGS,
    open: onStage(
      (stage) => stage.killEnvoy(),
      (stage) => stage.startEnvoy(),
    ),
    expected: { seen: [/^no connection$/], cut: CUT },
  },
  {
    id: 'sallyport-killed',
    what: 'Sallyport is killed and started again behind Envoy',
    carriers: WIRINGS,
    open: onStage(
      (stage) => stage.killSallyport(),
      (stage) => stage.startSallyport(),
    ),
    // Limits that are counted in memory die with it.
    expected: { seen: [UNDECIDED], burstsAgain: 1 },
  },
  {
    id: 'sallyport-stopped',
    what: 'Sallyport is stopped (SIGSTOP) behind Envoy, and goes on',
    carriers: WIRINGS,
    open: onStage(signal('SIGSTOP'), signal('SIGCONT')),
    // Envoy waits for the answer to the Check, and then as long for what becomes of its own refusal.
    expected: { seen: [UNDECIDED], waitsAtMostMs: 7000 },
  },
  {
    id: 'endpoints-down',
    what: 'a tenth of the places where the tool server listens is down',
    carriers: ['authorize'],
    open: tenthDown,
    expected: { seen: [/^completed$/, /^503 envoy\.503$/] },
  },
];
