import { type Agent, request } from 'node:https';
import type { Certificate } from '../../src/transports/proxy/certificates.fixture.ts';
import { callText } from '../attacks/raw-request.ts';
import type { RunningEnvoy } from './start-envoy.ts';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Calls `echo` behind an Envoy with TLS that is shown `certificate`, on a connection of its own unless `agent` has one. */
export async function callWithCertificate(
  envoy: RunningEnvoy,
  certificate: Certificate,
  token: string,
  xfcc?: string,
  agent?: Agent,
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const asked = request(new URL(envoy.tlsUrl), {
    method: 'POST',
    servername: 'localhost',
    ca: envoy.agents.ca,
    ...certificate,
    agent: agent ?? false,
    headers: {
      'host': 'tools.example',
      'authorization': `Bearer ${token}`,
      'content-type': 'application/json',
      'accept': 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      ...(xfcc === undefined ? {} : { 'x-forwarded-client-cert': xfcc }),
    },
  });
  asked.on('error', reject).on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
  });
  const peer = { era: 'modern', url: '', headers: [] } as const;
  asked.end(callText(peer, '"name":"echo","arguments":{"text":"hi"}'));
  return await promise;
}
