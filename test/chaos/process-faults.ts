import type { ChaosFault } from './fault.ts';

/** What befalls the process of Sallyport where the built-in proxy carries. */
export const PROCESS_FAULTS: readonly ChaosFault[] = [
  {
    id: 'event-loop-blocked',
    what: 'the process stands still (SIGSTOP), as when something blocks its event loop',
    open: async () => ({
      decision: ['max_loop_delay_ms: 200'],
      begin: async ({ served }) => process.kill(served.pid, 'SIGSTOP'),
      end: async ({ served }) => process.kill(served.pid, 'SIGCONT'),
      async [Symbol.asyncDispose]() {},
    }),
    // Nobody answers while it stands still: who called then waits for so long.
    expected: { seen: [], waitsAtMostMs: 10_000 },
  },
  {
    id: 'proxy-killed',
    what: 'the process is killed and started again',
    open: async () => ({
      begin: (stage) => stage.killSallyport(),
      end: (stage) => stage.startSallyport(),
      async [Symbol.asyncDispose]() {},
    }),
    expected: { seen: [/^no connection$/], cut: /^(closed|no connection)$/, burstsAgain: 1 },
  },
];
