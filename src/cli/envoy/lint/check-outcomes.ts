import { inner, typed, typeOf } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import type { Guarded } from './guarded.ts';

/** Whether Sallyport learns what became of the calls that it allowed. */
export function checkOutcomes({ config }: Guarded): readonly Finding[] {
  const logs = config.at('access_log').items().map(typed);
  const grpc = logs.filter((log) => typeOf(log) === 'HttpGrpcAccessLogConfig').map(inner);
  const sizes = grpc.map((log) => log.at('common_config', 'buffer_size_bytes'));
  return [
    ...when(grpc.length === 0, 'outcome.none', config.at('access_log')),
    ...when(sizes.length > 0 && sizes.every(({ number }) => number !== 0), 'outcome.late', sizes[0] ?? config),
  ];
}
