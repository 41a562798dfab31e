import { readFile } from 'node:fs/promises';
import { CheckpointPublisher, type CheckpointSink } from '../audit/checkpoint/checkpoint-publisher.ts';
import { noteVerifier } from '../audit/checkpoint/signed-note.ts';
import type { AuditConfig } from '../audit/config.ts';
import { rootOf } from '../audit/tree/prove.ts';
import { tileSource } from '../audit/tree/tile-files.ts';
import { errorOf } from '../kit/cause.ts';
import { fileCheckpoints } from '../stores/checkpoints/file-checkpoints.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface OpenCheckpointsOptions {
  readonly config: AuditConfig['checkpoints'];
  /** The public key of the log. */
  readonly verifierKey: string;
  /** The directory of the log. */
  readonly recordDir: string;
  /** The absolute path of one that the configuration names. */
  readonly pathOf: (path: string) => string;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * What brings checkpoints to the place outside; `undefined` when the configuration names none.
 *
 * @throws when its file of authorities cannot be read.
 */
export async function openCheckpoints(options: OpenCheckpointsOptions): Promise<CheckpointPublisher | undefined> {
  const { config, verifierKey, recordDir, pathOf, log, metrics } = options;
  if (config.to === undefined) return undefined;
  const verifier = noteVerifier(verifierKey);
  return new CheckpointPublisher({
    verifier,
    rootAt: (size, here) => rootOf(size, tileSource(recordDir, here)),
    sink: await sinkOf(config, config.to, verifier.name, pathOf),
    onState(state) {
      metrics.record.setCheckpointsOutside(state.kind);
      if (state.kind === 'publishing') log.info('checkpoints reach their place outside again');
      else if (state.kind === 'failing')
        log.warn('a checkpoint did not reach its place outside', { cause: errorOf(state.cause) });
      else {
        const { here, outside } = state;
        log.error('the record is not what was signed: it was cut or taken back', { here, outside });
      }
    },
  });
}

async function sinkOf(
  { ca }: AuditConfig['checkpoints'],
  to: string,
  origin: string,
  pathOf: (path: string) => string,
): Promise<CheckpointSink> {
  if (!to.startsWith('https://')) return fileCheckpoints(`${pathOf(to)}${to.endsWith('/') ? '/' : ''}`, origin);
  // Loaded when it is needed: most services do not, and it would cost each of them at its start.
  const { httpsCheckpoints } = await import('../stores/checkpoints/https-checkpoints.ts');
  return httpsCheckpoints({ url: to, ...(ca === undefined ? {} : { ca: await readFile(pathOf(ca), 'utf8') }) });
}
