import { readFileSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../kit/cause.ts';
import { sha256Hex } from '../kit/digest.ts';
import { writeDurably } from '../kit/write-durably.ts';
import { BundleError } from './bundle-error.ts';
import { BUNDLE_NAME } from './bundle-name.ts';
import type { BundleIdentity } from './policy-bundle.ts';
import { readStrictly } from './read-document.ts';

const LIMITS = { maxDepth: 4, maxMembers: 16, maxBytes: 16 * 1024 };

const identity = {
  name: z.string().regex(BUNDLE_NAME),
  revision: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
};
const identitySchema = z.strictObject(identity);
const permitSchema = z.strictObject({ ...identity, instead_of: z.string(), why: z.string() });

/** What may come next, and what it means that it does. */
export interface Step {
  readonly kind: 'first' | 'same' | 'newer' | 'permitted';
  readonly was: BundleIdentity | undefined;
  /** Why an operator permits it. */
  readonly why: string | undefined;
}

/**
 * Which bundle was in force last, in the state directory: what is older is refused, over restarts too.
 *
 * A permit is a file of its own, good for one bundle instead of exactly what was in force when it was given, and used up before
 * it counts: a crash in between loses it.
 */
export class BundleHistory {
  readonly #path: string;
  readonly #permitPath: string;

  constructor(stateDir: string) {
    this.#path = join(stateDir, 'policy-bundle.json');
    this.#permitPath = join(stateDir, 'policy-bundle.permit.json');
  }

  /**
   * Whether `next` may be in force now. Changes nothing.
   *
   * @throws BundleError when it is older, is another one of the same revision or name, or when what was in force cannot be read.
   */
  check(next: BundleIdentity): Step {
    const text = readText(this.#path);
    const permit = this.#permitFor(next, text ?? '');
    const was = text === undefined ? undefined : lastOf(text, this.#path, permit !== undefined);
    if (text === undefined) return { kind: 'first', was, why: undefined };
    if (was !== undefined && isSame(was, next)) {
      return { kind: 'same', was, why: undefined };
    }
    if (was !== undefined && was.name === next.name && next.revision > was.revision) {
      return { kind: 'newer', was, why: undefined };
    }
    if (permit !== undefined) return { kind: 'permitted', was, why: permit.why };
    throw refusalOf(next, was);
  }

  /** Notes that `next` is in force from now on, on the disk. @throws BundleError as `check()`; what the file system said. */
  advance(next: BundleIdentity): void {
    const { kind } = this.check(next);
    if (kind === 'same') return;
    removePermit(this.#permitPath);
    const { name, revision, digest } = next;
    replaceDurably(this.#path, { name, revision, digest });
  }

  /** Lets `next` be in force instead of what is now, once. @throws what the file system said. */
  permit({ name, revision, digest }: BundleIdentity, why: string): void {
    const insteadOf = sha256Hex(readText(this.#path) ?? '');
    replaceDurably(this.#permitPath, { name, revision, digest, instead_of: insteadOf, why });
  }

  /** A permit that cannot be read permits nothing. */
  #permitFor(next: BundleIdentity, current: string): z.output<typeof permitSchema> | undefined {
    try {
      const permit = readStrictly(Buffer.from(readText(this.#permitPath) ?? ''), permitSchema, 'the permit', LIMITS);
      const isFor = permit.digest === next.digest && permit.name === next.name && permit.revision === next.revision;
      return isFor && permit.instead_of === sha256Hex(current) ? permit : undefined;
    } catch {
      return undefined;
    }
  }
}

/** What the file says; `undefined` when it says nothing that can be read and an operator permits to go on. */
function lastOf(text: string, path: string, isPermitted: boolean): BundleIdentity | undefined {
  try {
    return readStrictly(Buffer.from(text), identitySchema, path, LIMITS);
  } catch (cause) {
    if (isPermitted) return undefined;
    const advice = 'To go on with the bundle that is there now: sallyport policy bundle allow-rollback.';
    throw new BundleError('state', `${path} does not say which bundle was in force last (${String(cause)})`, advice);
  }
}

function refusalOf(next: BundleIdentity, was: BundleIdentity | undefined): BundleError {
  const advice = 'To go back on purpose: sallyport policy bundle allow-rollback. Better: build a newer revision.';
  const [now, then] = [`${next.name} revision ${next.revision}`, `${was?.name} revision ${was?.revision}`];
  if (was?.name !== next.name) return new BundleError('name', `it is ${now}, and ${then} was in force`, advice);
  if (was.revision > next.revision) return new BundleError('rollback', `${now} is older than ${then} was`, advice);
  return new BundleError('rollback', `${now} was in force with other contents`, advice);
}

/** @throws BundleError when it is there and cannot be read: what was kept is never taken for nothing. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new BundleError('state', `${path} cannot be read (${String(cause)})`);
  }
}

function removePermit(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
  }
}

function replaceDurably(path: string, value: object): void {
  writeDurably(`${path}.next`, `${JSON.stringify(value)}\n`);
  renameSync(`${path}.next`, path);
}

function isSame(one: BundleIdentity, other: BundleIdentity): boolean {
  return one.digest === other.digest && one.revision === other.revision && one.name === other.name;
}
