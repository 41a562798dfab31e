import type { ShipConfig, SinkConfig } from '../../audit/shipping/config.ts';

/** What the thread that ships is told when it is started. */
export interface ShipSetup {
  /** Absolute path of the log. */
  readonly recordDir: string;
  /** Absolute path of the state directory. */
  readonly stateDir: string;
  /** The public key of the log. */
  readonly verifierKey: string;
  /** Places by name; paths are absolute. */
  readonly sinks: readonly (readonly [name: string, sink: SinkConfig])[];
}

/** To the thread: bring what is signed by now, and end. */
export type ShipOrder = 'close';

/** The places that the configuration names, with absolute paths. */
export function sinksOf(ship: ShipConfig, pathOf: (path: string) => string): ShipSetup['sinks'] {
  return Object.entries(ship).map(([name, sink]) => [name, withPaths(sink, pathOf)]);
}

function withPaths(sink: SinkConfig, pathOf: (path: string) => string): SinkConfig {
  switch (sink.kind) {
    case 'file':
      return { ...sink, path: pathOf(sink.path) };
    case 'otlp':
      return sink.ca === undefined ? sink : { ...sink, ca: pathOf(sink.ca) };
    case 'kafka':
      return { ...sink, ...kafkaPaths(sink, pathOf) };
  }
}

function kafkaPaths(
  { tls, sasl }: Extract<SinkConfig, { kind: 'kafka' }>,
  pathOf: (path: string) => string,
): Pick<Extract<SinkConfig, { kind: 'kafka' }>, 'tls' | 'sasl'> {
  const files = Object.entries(tls ?? {}).map(([name, path]) => [name, pathOf(path ?? '')]);
  return {
    ...(tls === undefined ? {} : { tls: Object.fromEntries(files) }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl, password_file: pathOf(sasl.password_file) } }),
  };
}
