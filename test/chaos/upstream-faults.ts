import { type Fault, startFaultProxy } from '../faults/fault-proxy.ts';
import type { ChaosFault, Scene, Setting } from './fault.ts';

/** The tool server by a way that has this fault. */
function behind(fault: Fault): (setting: Setting) => Promise<Scene> {
  return async ({ upstream }) => {
    const way = await startFaultProxy(upstream);
    return {
      upstream: way.url,
      begin: () => way.set(fault),
      end: () => way.set('none'),
      [Symbol.asyncDispose]: () => way[Symbol.asyncDispose](),
    };
  };
}

const CARRIERS = ['proxy', 'authorize', 'inspect'] as const;
/** What a caller is told once the breaker is open, whoever carries. */
const OPEN = /^200 breaker\.open$/;
const TIMEOUT = /^503 upstream\.timeout$/;
/** `reply_timeout_ms` is counted in steps of half a second (undici). */
const LATE_MS = 1500;
/** What is cut in the middle of a reply that Envoy has begun to hand on ends so. */
const CUT = /^(closed|no connection|200 .*)$/s;

function replyOf(head: string, body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${head}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

/** What befalls a tool server. */
export const UPSTREAM_FAULTS: readonly ChaosFault[] = [
  {
    id: 'upstream-refused',
    what: 'nobody listens where the tool server was',
    carriers: CARRIERS,
    open: behind('refused'),
    expected: { seen: [OPEN], cut: CUT },
  },
  {
    id: 'upstream-reset',
    what: 'connections to the tool server are reset',
    carriers: CARRIERS,
    open: behind('reset'),
    expected: { seen: [OPEN], cut: CUT },
  },
  {
    id: 'upstream-hung',
    what: 'the tool server takes calls and does not answer',
    carriers: ['authorize', 'inspect', 'proxy'],
    open: behind('silent'),
    expected: { seen: [OPEN], cut: CUT, waitsAtMostMs: LATE_MS },
  },
  {
    id: 'upstream-dripping',
    what: 'the tool server answers one byte every 50 ms, too slowly to begin in time',
    open: behind({ dripEveryMs: 50 }),
    expected: { seen: [OPEN, TIMEOUT], waitsAtMostMs: LATE_MS },
  },
  {
    id: 'upstream-trickling',
    only: 'long',
    what: 'the tool server answers one byte every millisecond',
    open: behind({ dripEveryMs: 1 }),
    expected: { seen: [/^completed$/], waitsAtMostMs: 5000 },
  },
  {
    id: 'upstream-cut',
    what: 'each reply of the tool server breaks off after 100 bytes, with a reset',
    carriers: CARRIERS,
    open: behind({ cutAfterBytes: 100 }),
    expected: { seen: [OPEN], cut: CUT },
  },
  {
    id: 'upstream-5xx',
    what: 'the tool server answers everything with 500',
    carriers: CARRIERS,
    open: behind({ answer: replyOf('500 Internal Server Error', '{}') }),
    expected: { seen: [OPEN], cut: /^500 / },
  },
  {
    id: 'upstream-garbage',
    only: 'long',
    what: 'the tool server answers with bytes that are no HTTP',
    carriers: CARRIERS,
    open: behind({ answer: Buffer.from('\u0000\u0001garbage\r\n\r\n') }),
    expected: { seen: [OPEN], cut: CUT },
  },
  {
    id: 'upstream-no-json-rpc',
    what: 'the tool server answers 200 with JSON that is no answer',
    open: behind({ answer: replyOf('200 OK', '{"ok":true}') }),
    expected: { seen: [OPEN] },
  },
  {
    id: 'upstream-slow',
    what: 'the tool server answers 100 to 1 000 ms late, some later than is waited for',
    open: behind({ delayMs: [100, 1000] }),
    expected: { seen: [/^completed$/, TIMEOUT], waitsAtMostMs: 2000 },
  },
];
