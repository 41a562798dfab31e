import { styleText } from 'node:util';

/** Tells the demo's story on a terminal, and counts what did not go as it should. */
export interface Narrator {
  /** The story begins, or begins anew: scenes count from 1. */
  act(title: string): void;
  /** A scene begins. */
  scene(title: string, what: string): void;
  /** Something that was seen, as it was seen: indented, unchanged. */
  show(who: string, text: string): void;
  /** What happens meanwhile. */
  tell(text: string): void;
  /** What must be true here. A wrong answer is shown in red and makes the demo fail. */
  expect(what: string, holds: boolean): void;
  failures(): number;
}

type Style = Parameters<typeof styleText>[0];

/** Writes to `stream`; coloured where it is a terminal that wants colour. */
export function narrator(stream: NodeJS.WriteStream): Narrator {
  let scenes = 0;
  let failed = 0;
  const paint = (style: Style, text: string): string => styleText(style, text, { stream, validateStream: true });
  const line = (text = ''): void => void stream.write(`${text}\n`);
  return {
    act(title) {
      scenes = 0;
      line();
      line(paint(['bold', 'underline'], title));
    },
    scene(title, what) {
      scenes += 1;
      line();
      line(paint('bold', `${scenes}. ${title}`));
      line(paint('dim', `   ${what}`));
    },
    show(who, text) {
      if (who !== '') line(`   ${paint('cyan', who)}`);
      for (const row of text.trimEnd().split('\n')) line(`     ${row}`);
    },
    tell: (text) => line(`   ${paint('dim', text)}`),
    expect(what, holds) {
      if (!holds) failed += 1;
      line(`   ${holds ? paint('green', '✓') : paint('red', '✗')} ${what}`);
    },
    failures: () => failed,
  };
}
