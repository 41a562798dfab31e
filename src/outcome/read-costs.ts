import { scanJson, type ScannedValue, type ScanPlan } from '../call/scan-json.ts';
import type { Price, ReplyPrice } from '../policy/count-spec.ts';
import { valueAt } from './read-reply.ts';

/** The largest cost that is believed: beyond it sums are not exact. */
const MOST = 2 ** 40;

interface MutablePlan extends Map<string, MutablePlan> {}

/**
 * What a reply says that its call cost, by the rules that ask for it. What is not a number from 0 to 2^40 is not said; a fraction
 * is rounded up.
 *
 * @param bytes A message that was classed as a result.
 */
export function readCosts(bytes: Uint8Array, prices: readonly Price[]): ReadonlyMap<string, number> {
  const asked = prices.flatMap(({ name, reply }) => (reply === undefined ? [] : [{ name, path: pathOf(reply) }]));
  if (asked.length === 0) return NOTHING;
  const scanned = scanJson(bytes, planOf(asked.map(({ path }) => path)));
  if (typeof scanned === 'string') return NOTHING;
  return new Map(
    asked.flatMap(({ name, path }) => {
      const found = valueOf(scanned, path);
      const cost = found?.kind === 'number' ? valueAt(bytes, found) : undefined;
      return typeof cost === 'number' && cost >= 0 && cost <= MOST ? [[name, Math.ceil(cost)] as const] : [];
    }),
  );
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/** RFC 6901 §4. */
function pathOf(reply: ReplyPrice): readonly string[] {
  if (reply.kind === 'meta') return ['result', '_meta', reply.member];
  const steps = reply.pointer.split('/').slice(1);
  return ['result', 'structuredContent', ...steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))];
}

function planOf(paths: readonly (readonly string[])[]): ScanPlan {
  const plan: MutablePlan = new Map();
  for (const path of paths) {
    let at = plan;
    // What stands at the end is not looked into.
    for (const step of path.slice(0, -1)) {
      const next: MutablePlan = at.get(step) ?? new Map();
      at.set(step, next);
      at = next;
    }
  }
  return plan;
}

function valueOf(message: ScannedValue, path: readonly string[]): ScannedValue | undefined {
  return path.reduce<ScannedValue | undefined>((at, step) => at?.members?.get(step), message);
}
