import { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isRemark, membersOf, type Remarked, type RemarkedMap, remarkOn } from './remarked.ts';

/** Longest line, UTF-16 code units: what is longer is written over several. */
const WIDTH = 120;
const INDENT = 2;

/**
 * The YAML text of a document, with its remarks as comments and `head` as the first of them. A list or map that is there
 * twice, as the same object, is written once and named where it comes again.
 */
export function writeRemarked(document: RemarkedMap, head: string): string {
  // YAML 1.1 is what Envoy's parser reads: `on` and `0600` have to be in quotes there to be text.
  const yaml = new Document(null, { schema: 'yaml-1.1' });
  const contents = mapOf(document, { depth: 0, seen: new Map() });
  for (const { key } of contents.items.slice(1)) if (key instanceof Scalar) key.spaceBefore = true;
  contents.commentBefore = comment(head, 0);
  yaml.contents = contents as never;
  return yaml.toString({ lineWidth: 0, flowCollectionPadding: true });
}

type Present = Exclude<Remarked, undefined>;
type Collection = YAMLMap<Scalar> | YAMLSeq;

interface Place {
  readonly depth: number;
  /** What was written already, so that it can be named. */
  readonly seen: Map<object, Collection>;
}

function nodeOf(value: Present, name: string, { depth, seen }: Place): Scalar | Collection | Alias {
  if (typeof value !== 'object') return new Scalar(value);
  const first = seen.get(value);
  if (first !== undefined && first.flow !== true) {
    first.anchor ??= name;
    return new Alias(first.anchor);
  }
  const place = { depth: depth + 1, seen };
  const node = isMap(value) ? mapOf(value, place) : seqOf(value, name, place);
  node.flow = fitsOneLine(value, WIDTH - depth * INDENT);
  seen.set(value, node);
  return node;
}

function mapOf(map: RemarkedMap, place: Place): YAMLMap<Scalar> {
  const node = new YAMLMap<Scalar>();
  for (const [name, value] of membersOf(map)) {
    const key = new Scalar(name);
    const remark = remarkOn(map, name);
    if (remark !== undefined) key.commentBefore = comment(remark, place.depth);
    node.items.push(new Pair(key, nodeOf(value, name, place)));
  }
  const whole = remarkOn(map, '');
  if (whole !== undefined) node.commentBefore = comment(whole, place.depth);
  return node;
}

function seqOf(items: readonly Remarked[], name: string, place: Place): YAMLSeq {
  const node = new YAMLSeq();
  for (const item of items) {
    if (item === undefined) continue;
    const written = nodeOf(item, name, place);
    if (written instanceof YAMLMap) liftFirst(written);
    node.items.push(written);
  }
  return node;
}

/** Puts the remark on the first member of an item above the item: else it would stand behind the dash. */
function liftFirst(item: YAMLMap<Scalar>): void {
  const key = item.items[0]?.key;
  if (key?.commentBefore == null || item.commentBefore != null) return;
  item.commentBefore = key.commentBefore;
  key.commentBefore = null;
}

/** Text as the lines of a comment, broken between words. */
function comment(text: string, depth: number): string {
  const width = WIDTH - depth * INDENT - 2;
  return text
    .split('\n')
    .flatMap((line) => broken(line, width))
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
}

function broken(line: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Whether a value is short and plain enough to stand behind its name. */
function fitsOneLine(value: Present, width: number): boolean {
  return plain(value) && JSON.stringify(value).length <= width - 20;
}

function plain(value: Remarked): boolean {
  if (typeof value !== 'object') return typeof value !== 'string' || !value.includes('\n');
  if (!isMap(value)) return value.every(plain);
  return Object.entries(value).every(([name, member]) => name !== '@type' && !isRemark(name) && plain(member));
}
