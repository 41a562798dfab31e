import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';
import { BundleError } from '../../bundle/bundle-error.ts';
import { bundleSources } from '../../bundle/bundle-sources.ts';
import { readBundleFile, readBundleKeys } from '../../bundle/open-bundle.ts';
import type { PolicyBundle } from '../../bundle/policy-bundle.ts';
import { type BundleKeys, verifyBundle } from '../../bundle/verify-bundle.ts';
import { boundText } from '../../kit/bound-text.ts';
import { messageOf } from '../../kit/cause.ts';
import { ProblemsError } from '../../kit/problem.ts';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { keySetUrl } from '../../stores/jwks/key-set-url.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { readDuration } from '../token/read-duration.ts';
import { fetchBundle } from './fetch-bundle.ts';
import { guardedBundle, textOf } from './guarded-bundle.ts';
import { placeFile } from './place-file.ts';

export interface PullOptions {
  readonly to: string;
  readonly keys: string;
  readonly name?: string;
  readonly every?: string;
  readonly ca?: string;
  readonly allowRollback?: boolean;
  readonly json?: boolean;
}

/** How one look at the server ended. */
interface Look {
  readonly kind: 'placed' | 'unchanged' | 'refused' | 'failed';
  readonly message: string;
}

const EXIT_OF: Readonly<Record<Look['kind'], number>> = {
  placed: EXIT.ok,
  unchanged: EXIT.ok,
  refused: EXIT.negative,
  failed: EXIT.unusable,
};

/**
 * `policy bundle pull`: once, or again and again until `stop` aborts. What does not verify, or is older, changes nothing.
 *
 * @returns the exit code of the last look: 0 in place, 1 refused, 2 it could not be told.
 */
export async function runPull(url: string, options: PullOptions, io: CommandIo, stop: AbortSignal): Promise<number> {
  return await guardedBundle(io, { json: options.json === true, refused: EXIT.negative }, async () => {
    const everyMs = options.every === undefined ? undefined : readDuration('--every', options.every) * 1000;
    const from = urlOf(url);
    const ca = options.ca === undefined ? undefined : await readCa(options.ca);
    await using opened = new AsyncDisposableStack();
    const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
    opened.defer(() => dispatcher.destroy());
    const puller = new Puller(from, options, dispatcher);
    for (;;) {
      const look = await puller.look(stop);
      tell(look, options.json === true, io);
      if (everyMs === undefined || stop.aborted) return EXIT_OF[look.kind];
      // Instances that were started together need not ask together.
      await pause(everyMs * (0.9 + 0.2 * Math.random()), undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return EXIT_OF[look.kind];
    }
  });
}

/** One server, one file. */
class Puller {
  readonly #from: URL;
  readonly #options: PullOptions;
  readonly #dispatcher: Agent;
  /** Of the one that was placed: what is not in place is asked for again. */
  #etag: string | undefined;

  constructor(from: URL, options: PullOptions, dispatcher: Agent) {
    this.#from = from;
    this.#options = options;
    this.#dispatcher = dispatcher;
  }

  /** Never rejects. */
  async look(signal: AbortSignal): Promise<Look> {
    try {
      return await this.#look(signal);
    } catch (cause) {
      if (cause instanceof BundleError)
        return { kind: 'refused', message: `refused (${cause.fault}): ${textOf(cause)}` };
      if (cause instanceof ProblemsError) return { kind: 'refused', message: `refused: ${cause.message}` };
      return { kind: 'failed', message: `could not tell: ${boundText(messageOf(cause), 500)}.` };
    }
  }

  async #look(signal: AbortSignal): Promise<Look> {
    const { to, keys, name, allowRollback } = this.#options;
    const trusted = await readBundleKeys(keys);
    const current = await currentAt(to, trusted);
    // Another hand may have changed the file: the tag is worth something only as long as it is there and good.
    const etag = current === undefined ? undefined : this.#etag;
    const fetched = await fetchBundle(this.#from, { etag, signal, dispatcher: this.#dispatcher });
    if (fetched.kind === 'unchanged') return { kind: 'unchanged', message: `unchanged: ${titleOf(current)}` };
    const next = await verifyBundle(fetched.bytes, trusted);
    if (name !== undefined && next.name !== name) {
      throw new BundleError('name', `it is the bundle ${next.name}, and ${name} is wanted`);
    }
    bundleSources(to, next.files);
    refuseOlder(next, current, allowRollback === true);
    this.#etag = fetched.etag;
    if (current?.digest === next.digest && current.signedBy === next.signedBy) {
      return { kind: 'unchanged', message: `unchanged: ${titleOf(next)}` };
    }
    await placeFile(to, fetched.bytes);
    return { kind: 'placed', message: `placed: ${titleOf(next)} in ${to}` };
  }
}

/** The bundle that is in place; `undefined` when there is none that verifies. */
async function currentAt(path: string, keys: BundleKeys): Promise<PolicyBundle | undefined> {
  try {
    return await verifyBundle(await readBundleFile(path), keys);
  } catch {
    return undefined;
  }
}

function refuseOlder(next: PolicyBundle, current: PolicyBundle | undefined, isAllowed: boolean): void {
  if (current === undefined || current.digest === next.digest || isAllowed) return;
  const advice = 'To take it on purpose: --allow-rollback.';
  if (next.name !== current.name) {
    throw new BundleError('name', `${titleOf(next)} would replace ${titleOf(current)}`, advice);
  }
  if (next.revision > current.revision) return;
  const what = next.revision === current.revision ? 'has other contents than' : 'is older than';
  throw new BundleError('rollback', `${titleOf(next)} ${what} ${titleOf(current)}, which is in place`, advice);
}

function titleOf(bundle: PolicyBundle | undefined): string {
  return bundle === undefined ? 'nothing' : `${bundle.name} revision ${bundle.revision}`;
}

function tell({ kind, message }: Look, json: boolean, io: CommandIo): void {
  if (json) io.print(JSON.stringify({ kind, message }));
  else io.complain(message);
}

function urlOf(written: string): URL {
  try {
    return keySetUrl(written, { allowHttp: false });
  } catch (cause) {
    // The text is for URLs in the configuration, where there is another way out.
    throw new CommandError(`the URL ${messageOf(cause).replace(', or say allow_http: true', '')}.`);
  }
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`${path} ${whyUnreadable(cause)}`);
  }
}
