import type { GrpcServerOptions } from './grpc-server.ts';

/** The options that both engines turn into settings of HTTP/2, with their defaults. */
export interface ServerLimits {
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  readonly maxCallMs: number;
  readonly streamResetBurst: number;
  readonly streamResetRate: number;
}

/** `options` with a default for each limit that was left out. */
export function serverLimits(options: GrpcServerOptions): ServerLimits {
  return {
    maxMessageBytes: options.maxMessageBytes,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1024,
    maxConnections: options.maxConnections ?? 256,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    maxCallMs: options.maxCallMs ?? 60_000,
    // Node's own are 1000 and 33: Envoy's way of ending a stream would cost a connection with all its calls every 1000.
    streamResetBurst: options.streamResetBurst ?? 1_000_000,
    streamResetRate: options.streamResetRate ?? 1_000_000,
  };
}
