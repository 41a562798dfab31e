/**
 * The parts of a CEL condition that `&&`, or else `||`, joins at its top: what an explanation shows one by one.
 *
 * By text, without parsing: strings and brackets are stepped over; a condition with a `?:` at its top is one part. A
 * single part says that there is nothing to take apart.
 */
export function splitCondition(source: string): readonly string[] {
  const cuts = topLevelOperators(source);
  if (cuts.some(({ operator }) => operator === '?')) return [source.trim()];
  const or = cuts.filter(({ operator }) => operator === '||');
  const chosen = or.length > 0 ? or : cuts.filter(({ operator }) => operator === '&&');
  const starts = [0, ...chosen.map(({ at }) => at + 2)];
  return starts.map((start, index) => source.slice(start, chosen[index]?.at ?? source.length).trim());
}

interface Cut {
  readonly operator: '&&' | '||' | '?';
  readonly at: number;
}

/** Triple-quoted, raw and plain strings; comments; brackets; the operators. `.?` and `[?` select, they do not choose. */
const TOKEN = new RegExp(
  [
    String.raw`(?<string>[rR]?(?:"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\')|[rR](?:"[^"\n]*"|'[^'\n]*')|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')`,
    String.raw`(?<comment>//[^\n]*)`,
    String.raw`(?<open>[([{])`,
    String.raw`(?<close>[)\]}])`,
    String.raw`(?<operator>&&|\|\||(?<![.[])\?)`,
  ].join('|'),
  'g',
);

function topLevelOperators(source: string): readonly Cut[] {
  const cuts: Cut[] = [];
  let depth = 0;
  for (const { groups = {}, index } of source.matchAll(TOKEN)) {
    if (groups['open'] !== undefined) depth += 1;
    else if (groups['close'] !== undefined) depth -= 1;
    else if (depth === 0 && groups['operator'] !== undefined) {
      cuts.push({ operator: groups['operator'] as Cut['operator'], at: index });
    }
  }
  return cuts;
}
