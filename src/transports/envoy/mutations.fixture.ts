import fc from 'fast-check';
import { EDITS, editTree, parseTree, writeTree } from './protobuf-tree.fixture.ts';

/** Some of `messages` to begin from: others each time, or always the same of one `seed`. */
export function samples(messages: fc.Arbitrary<Buffer>, seed: number | undefined): readonly Buffer[] {
  return fc.sample(messages, { numRuns: 200, ...(seed !== undefined && { seed }) });
}

type Change = (bytes: Buffer, place: number, byte: number) => Buffer;

const CHANGES: readonly Change[] = [
  (from, at, byte) => Buffer.concat([from.subarray(0, at), Buffer.from([byte]), from.subarray(at + 1)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), Buffer.from([byte]), from.subarray(at)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), from.subarray(at + 1 + (byte & 15))]),
  (from, at) => from.subarray(0, at),
  (from, at, byte) => Buffer.concat([from, from.subarray(at, at + byte)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), from.subarray(at, at + byte), from.subarray(at)]),
  (from, at) => from.map((value, index) => (index === at ? value ^ 0x80 : value)) as Buffer,
  (from, at, byte) => from.map((value, index) => (index === at ? (value + (byte & 7) - 3) & 255 : value)) as Buffer,
];

/** One of `whole` after some of its bytes were changed, put in, taken out, doubled or cut off. */
export function mutated(whole: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const changes = fc.array(fc.tuple(fc.nat(CHANGES.length - 1), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom(...whole), changes)
    .map(([from, list]) =>
      list.reduce(
        (found, [kind, place, byte]) => CHANGES[kind]?.(found, place % (found.length + 1), byte) ?? found,
        from,
      ),
    );
}

/** One of `whole` after whole fields, at any depth, were doubled, dropped, moved, renumbered or replaced. */
export function rearranged(whole: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const trees = whole.map((bytes) => parseTree(bytes) ?? []);
  const edit = fc.tuple(fc.nat(EDITS.length - 1), fc.array(fc.nat(1000), { minLength: 1, maxLength: 9 }), fc.nat(255));
  return fc
    .tuple(fc.constantFrom(...trees), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([tree, edits]) =>
      writeTree(
        edits.reduce(
          (found, [kind, steps, value]) => editTree(found, steps, EDITS[kind] ?? ((nodes) => nodes), value),
          tree,
        ),
      ),
    );
}
