import { type HeaderList, headerValues, type Peer, type Received, type TraceCarrier } from '../../call/received.ts';

/** A request as Envoy shows it, in either of its protocols. */
export interface ShownRequest {
  readonly method: string;
  readonly host: string;
  /** In order, names in lower case, pseudo headers included. */
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
}

/** The exchange as the core sees it: `:authority` stands as `host`, other pseudo headers are left out. */
export function receivedOf(blank: Received, shown: ShownRequest, peer: Peer): Received {
  const fields = shown.headers.filter(([name]) => !name.startsWith(':'));
  const host: HeaderList = shown.host === '' ? [] : [['host', shown.host]];
  const body = shown.method === 'POST' ? (shown.body ?? new Uint8Array()) : shown.body;
  return { ...blank, httpMethod: shown.method, headers: [...host, ...fields], body, peer };
}

/** What a question of Envoy's says of its own place in a trace. */
export function carrierIn(metadata: HeaderList): TraceCarrier {
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  for (const [name, value] of metadata) {
    if (name === 'traceparent') traceparent = value;
    else if (name === 'tracestate') tracestate = value;
  }
  return { traceparent, tracestate };
}

/** Whether the request declares another length than it was shown with: then it was not shown whole. */
export function isMislengthed({ headers, body }: Pick<ShownRequest, 'headers' | 'body'>): boolean {
  const length = String(body?.byteLength ?? 0);
  return headerValues(headers, 'content-length').some((declared) => declared !== length);
}
