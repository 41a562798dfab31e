import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sha256Hex } from '../../kit/digest.ts';
import { ArchiveError } from './archive-error.ts';
import { type ArchiveManifest, manifestAt, manifestName, manifestNames, printManifest } from './archive-manifest.ts';
import { readMark, writeMark } from './archived-mark.ts';
import { keepCopy, refuseLink, syncPath } from './keep-copy.ts';
import { type RetentionPlan, type RetentionStep, retentionSteps } from './plan-retention.ts';

/** The directories of a log and of its archive. */
export interface RetentionPlaces {
  readonly directory: string;
  readonly archive: string;
}

/**
 * Does what was planned, step by step. After a crash between any two of them the log and the archive together still have every
 * record, and doing it again ends what was begun.
 *
 * @param onStep told of each step that is done.
 * @throws ArchiveError when something is not as it was when it was planned; what the file system said.
 */
export async function runRetention(
  plan: RetentionPlan,
  places: RetentionPlaces,
  onStep: (step: RetentionStep) => void,
): Promise<void> {
  const { manifest } = plan;
  if (manifest === undefined) return;
  await mkdir(places.archive, { recursive: true, mode: 0o700 });
  await refuseNested(places);
  for (const step of retentionSteps(plan)) {
    await doStep(step, manifest, places);
    onStep(step);
  }
}

async function doStep(step: RetentionStep, manifest: ArchiveManifest, places: RetentionPlaces): Promise<void> {
  const { directory, archive } = places;
  switch (step.does) {
    case 'copy':
      await keepCopy(join(archive, step.segment.name), await readAsPlanned(directory, step.segment));
      return;
    case 'manifest':
      await keepManifest(manifest, archive);
      return;
    case 'mark':
      await mark(manifest, places);
      return;
    default:
      await refuseLink(join(archive, step.segment.name), join(directory, step.segment.name));
      await readAsPlanned(archive, step.segment);
      await rm(join(directory, step.segment.name), { force: true });
  }
}

/** One of a run that was cut short says the same with an earlier checkpoint, and stays. */
async function keepManifest(manifest: ArchiveManifest, archive: string): Promise<void> {
  const name = manifestName(manifest);
  const isThere = manifestNames(archive).includes(name) && saysTheSame(manifestAt(archive, name), manifest);
  const text = isThere ? await readFile(join(archive, name)) : Buffer.from(printManifest(manifest));
  await keepCopy(join(archive, name), text);
}

function saysTheSame(one: ArchiveManifest, other: ArchiveManifest): boolean {
  return isDeepStrictEqual([one.segments, one.tree], [other.segments, other.tree]);
}

async function mark(manifest: ArchiveManifest, { directory, archive }: RetentionPlaces): Promise<void> {
  if ((readMark(directory)?.through ?? 0) < manifest.last) {
    await writeMark(directory, {
      through: manifest.last,
      root: manifest.tree.root,
      manifest: manifestName(manifest),
      manifest_sha256: sha256Hex(await readFile(join(archive, manifestName(manifest)))),
    });
  }
  await syncPath(directory);
}

async function readAsPlanned(
  directory: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<Buffer> {
  const bytes = await readFile(join(directory, name));
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new ArchiveError(`${join(directory, name)} is not as it was a moment ago`);
}

async function refuseNested({ directory, archive }: RetentionPlaces): Promise<void> {
  const [record, cold] = [await realpath(directory), await realpath(archive)];
  if (`${cold}${sep}`.startsWith(`${record}${sep}`))
    throw new ArchiveError('the archive must not be in the directory of the record');
}
