import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { boundText } from '../kit/bound-text.ts';
import { type Problem, ProblemsError } from '../kit/problem.ts';

/** Where something stands in a file, both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Path into a document: member names and array indexes. */
export type SourcePath = readonly (string | number)[];

/** A YAML 1.2 (or JSON) file that an operator wrote, read with positions. */
export interface YamlSource {
  readonly file: string;
  readonly text: string;
  /** The document in the shape of `JSON.parse`. */
  readonly value: unknown;
  /** Position of the value at `path`, or of the nearest enclosing one that is there. */
  locate(path: SourcePath): Position;
  /** Position of the member's key at the end of `path`; falls back to `locate`. */
  locateKey(path: SourcePath): Position;
  /** Position `offset` UTF-16 code units into the scalar at `path`: for languages inside strings (CEL). */
  locateWithin(path: SourcePath, offset: number): Position;
  /** A problem at `path`. */
  problem(path: SourcePath, message: string, suggestion?: string): Problem;
}

/**
 * Reads one YAML document. Aliases, duplicate keys and custom tags are refused: what is written is what is meant.
 *
 * @throws ProblemsError with line and column for each syntax error.
 */
export function readYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, version: '1.2' });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  refuseUnclear(document, { file, text, at });

  const locate = (path: SourcePath): Position => at(deepest(document.contents, path)?.range?.[0] ?? 0);
  return {
    file,
    text,
    value: document.toJS({ maxAliasCount: 0 }),
    locate,
    locateKey(path) {
      const parent = deepest(document.contents, path.slice(0, -1), true);
      if (!isMap(parent)) return locate(path);
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
      return isScalar(pair?.key) ? at(pair.key.range?.[0] ?? 0) : locate(path);
    },
    locateWithin(path, offset) {
      const node = deepest(document.contents, path, true);
      const start = node?.range?.[0];
      if (start === undefined || !isScalar(node)) return locate(path);
      // Inside quotes and blocks the text is indented or escaped; a plain or quoted one-line scalar maps directly.
      const quoted = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0;
      const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
      return block ? withinBlock(text, start, offset, at) : at(start + quoted + offset);
    },
    problem(path, message, suggestion) {
      return {
        file,
        ...locate(path),
        field: path.join('.'),
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
        severity: 'error',
      };
    },
  };
}

interface Read {
  readonly file: string;
  readonly text: string;
  readonly at: (offset: number) => Position;
}

/** @throws ProblemsError for what is no YAML, has a tag or key that is not plain, or stands for something elsewhere. */
function refuseUnclear(document: Document.Parsed, { file, text, at }: Read): void {
  const failures = worthTelling([...document.errors, ...document.warnings]);
  if (failures.length > 0) {
    throw new ProblemsError(
      failures.map((failure) => ({
        file,
        ...at(failure.pos[0]),
        field: '',
        message: messageFor(failure, text),
        severity: 'error',
      })),
    );
  }
  const alias = findAlias(document.contents);
  if (alias === undefined) return;
  const message = 'YAML aliases are not accepted here.';
  const position = at(alias.range?.[0] ?? 0);
  throw new ProblemsError([
    { file, ...position, field: '', message, suggestion: 'Write the value out.', severity: 'error' },
  ]);
}

/** A tab at the start of a line makes all that follows wrong in some way: the tab is what there is to tell. */
function worthTelling(failures: readonly YAMLError[]): readonly YAMLError[] {
  const tab = failures.find(({ code }) => code === 'TAB_AS_INDENT');
  return tab === undefined ? failures : [tab];
}

function messageFor({ code, message, pos: [start] }: YAMLError, text: string): string {
  if (code === 'TAB_AS_INDENT') return 'there is a tab at the start of the line: indent with spaces.';
  if (code !== 'DUPLICATE_KEY') return message;
  const [key = ''] = /^(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^:\s,}]+)/.exec(text.slice(start, start + MAX_KEY)) ?? [];
  return `the key ${boundText(key, MAX_KEY)} is there twice.`;
}

/** Longest key that is shown, UTF-16 code units. */
const MAX_KEY = 100;

/** The node at `path`, or, unless `exact`, the last one on the way to it. */
function deepest(root: unknown, path: SourcePath, exact = false): Node | undefined {
  let node = root as Node | undefined;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    if (next === undefined || next === null) return exact ? undefined : node;
    node = next as Node;
  }
  return node;
}

/** Offset into a block scalar: skips the header line and each line's indentation. */
function withinBlock(text: string, start: number, offset: number, at: (offset: number) => Position): Position {
  let position = text.indexOf('\n', start) + 1;
  let left = offset;
  const indent = (text.slice(position).match(/^ */)?.[0] ?? '').length;
  for (;;) {
    const end = text.indexOf('\n', position);
    const length = (end === -1 ? text.length : end) - position - indent;
    if (left <= length || end === -1) return at(position + indent + left);
    left -= length + 1;
    position = end + 1;
  }
}

function findAlias(node: unknown): Node | undefined {
  if (isAlias(node)) return node;
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const alias = findAlias(key) ?? findAlias(value);
      if (alias !== undefined) return alias;
    }
  }
  if (isSeq(node)) {
    for (const item of node.items) {
      const alias = findAlias(item);
      if (alias !== undefined) return alias;
    }
  }
  return undefined;
}
