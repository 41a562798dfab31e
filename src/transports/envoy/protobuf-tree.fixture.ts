/** A field with its place in the wire format; of a message, as far as its bytes look like one, its fields. */
export interface Node {
  readonly field: number;
  readonly wire: number;
  readonly content: Buffer | readonly Node[];
}

/** The fields of `bytes`; `undefined` when they are no message. */
export function parseTree(bytes: Buffer): readonly Node[] | undefined {
  const nodes: Node[] = [];
  let at = 0;
  while (at < bytes.length) {
    const [tag, afterTag] = varint(bytes, at);
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const [start, end] = extent(bytes, wire, afterTag);
    if (field === 0 || !(end <= bytes.length)) return undefined;
    const content = bytes.subarray(start, end);
    nodes.push({ field, wire, content: wire === 2 && content.length > 0 ? (parseTree(content) ?? content) : content });
    at = end;
  }
  return nodes;
}

/** The bytes of such fields, with the lengths that belong to them. */
export function writeTree(nodes: readonly Node[]): Buffer {
  return Buffer.concat(
    nodes.flatMap(({ field, wire, content }) => {
      const bytes = Buffer.isBuffer(content) ? content : writeTree(content);
      const length = wire === 2 ? [writeVarint(bytes.length)] : [];
      return [writeVarint(field * 8 + wire), ...length, bytes];
    }),
  );
}

export type Edit = (siblings: readonly Node[], at: number, value: number) => readonly Node[];

/** Applies `edit` somewhere in the tree: the steps say where to go down. */
export function editTree(nodes: readonly Node[], steps: readonly number[], edit: Edit, value: number): readonly Node[] {
  if (nodes.length === 0) return nodes;
  const [step = 0, ...rest] = steps;
  const at = step % nodes.length;
  const node = nodes[at];
  if (rest.length === 0 || node === undefined || Buffer.isBuffer(node.content)) return edit(nodes, at, value);
  const content = editTree(node.content, rest, edit, value);
  return nodes.with(at, { ...node, content });
}

/** Doubles, drops, moves or renumbers a field, or puts another in its place. */
export const EDITS: readonly Edit[] = [
  (nodes, at) => [...nodes, ...nodes.slice(at, at + 1)],
  (nodes, at) => nodes.toSpliced(at, 1),
  (nodes, at) => [...nodes.slice(at), ...nodes.slice(0, at)],
  (nodes, at, value) => nodes.map((node, index) => (index === at ? { ...node, field: (value % 34) + 1 } : node)),
  (nodes, at, value) =>
    nodes.flatMap((node, index) => (index === at ? [node, { ...node, field: (value % 34) + 1 }] : [node])),
  (nodes, at, value) => nodes.with(at, { field: nodes[at]?.field ?? 1, wire: 0, content: Buffer.from([value & 127]) }),
  (nodes, at, value) =>
    nodes.with(at, { field: nodes[at]?.field ?? 1, wire: 2, content: Buffer.alloc(value % 9, value) }),
];

/** Where the value of a field begins and ends; it ends nowhere when there is no such wire type. */
function extent(bytes: Buffer, wire: number, at: number): readonly [start: number, end: number] {
  if (wire === 0) return [at, varint(bytes, at)[1]];
  if (wire === 1) return [at, at + 8];
  if (wire === 5) return [at, at + 4];
  const [length, start] = varint(bytes, at);
  return [start, wire === 2 ? start + length : Number.NaN];
}

function varint(bytes: Buffer, from: number): readonly [value: number, next: number] {
  let value = 0;
  let at = from;
  for (let factor = 1; at < bytes.length && factor < 2 ** 70; factor *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
  return [Number.NaN, Number.NaN];
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
