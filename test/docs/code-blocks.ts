/** A fenced code block of a Markdown page. */
export interface CodeBlock {
  /** Language, the first word behind the fence. */
  readonly language: string;
  /** The other words behind the fence. */
  readonly info: readonly string[];
  readonly text: string;
  /** 1-based line of the opening fence. */
  readonly line: number;
}

/** The fenced code blocks of `markdown`, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const opening = /^```(\S*) *(.*)$/.exec(lines[i] ?? '');
    if (opening === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end === -1) throw new Error(`line ${i + 1}: the code block is not closed`);
    const text = `${lines.slice(i + 1, end).join('\n')}\n`;
    blocks.push({ language: opening[1] ?? '', info: (opening[2] ?? '').split(' ').filter(Boolean), text, line: i + 1 });
    i = end;
  }
  return blocks;
}
