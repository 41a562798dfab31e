/**
 * Side-by-side measurement on a small and noisy machine: variants take turns in short rounds, CPU time is read instead of
 * the clock, and the median over the rounds is compared.
 *
 * @module
 */

export interface Variant {
  readonly name: string;
  /** One operation. Its promise, if any, is awaited. */
  run(): unknown;
}

export interface Measured {
  readonly name: string;
  /** Median CPU time (user + system of this process) of one operation, microseconds. */
  readonly cpuMicros: number;
  /** `cpuMicros` over that of the first variant. */
  readonly ratio: number;
}

export interface MeasureOptions {
  /** Rounds each variant takes part in. */
  readonly rounds?: number;
  /** CPU time one round should take, milliseconds: sets how many operations a round has. */
  readonly roundMs?: number;
}

/** Runs all variants in turns; the first is the floor that the others are compared with. */
export async function measure(
  variants: readonly Variant[],
  { rounds = 25, roundMs = 20 }: MeasureOptions = {},
): Promise<Measured[]> {
  const sizes = new Map<Variant, number>();
  for (const variant of variants) sizes.set(variant, await operationsFor(variant, roundMs));
  const samples = new Map(variants.map((variant) => [variant, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    // The order rotates, so that no variant always runs behind the same neighbour's garbage.
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(round + turn) % variants.length];
      if (variant === undefined) continue;
      samples.get(variant)?.push(await cpuMicrosOf(variant, sizes.get(variant) ?? 1));
    }
  }
  const medians = variants.map((variant) => ({ name: variant.name, cpuMicros: median(samples.get(variant) ?? []) }));
  const floor = medians[0]?.cpuMicros ?? Number.NaN;
  return medians.map((one) => ({ ...one, ratio: one.cpuMicros / floor }));
}

/** The middle value; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Prints one line a variant: name, microseconds, ratio. */
export function printMeasured(title: string, measured: readonly Measured[]): void {
  console.log(`\n${title}`);
  for (const { name, cpuMicros, ratio } of measured) {
    console.log(`  ${name.padEnd(44)} ${cpuMicros.toFixed(2).padStart(10)} µs CPU ${ratio.toFixed(2).padStart(8)} ×`);
  }
}

/** As many operations as take about `roundMs`, after a warm-up that lets the compiler settle. */
async function operationsFor(variant: Variant, roundMs: number): Promise<number> {
  let operations = 16;
  for (;;) {
    const micros = (await cpuMicrosOf(variant, operations)) * operations;
    if (micros >= roundMs * 1000) return operations;
    operations *= 2;
  }
}

async function cpuMicrosOf({ run }: Variant, operations: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < operations; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / operations;
}
