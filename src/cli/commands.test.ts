import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Command } from 'commander';
import { commands } from './commands.ts';
import { EXAMPLES } from './examples.ts';

interface Named {
  readonly path: string;
  readonly command: Command;
}

const groups = await Promise.all(commands.map(async ({ load }) => await load()));
const all = groups.flatMap((command) => withChildren({ path: `sallyport ${command.name()}`, command }));
/** What can be run: a group alone only prints its help. */
const runnable = all.filter(({ command }) => command.commands.length === 0 || command.options.length > 0);

function withChildren({ path, command }: Named): Named[] {
  const children = command.commands.map((child) => ({ path: `${path} ${child.name()}`, command: child }));
  return [{ path, command }, ...children.flatMap(withChildren)];
}

function ownerOf(line: string): Named {
  const [deepest] = all
    .filter(({ path }) => line === path || line.startsWith(`${path} `))
    .toSorted((one, other) => other.path.length - one.path.length);
  assert.ok(deepest, line);
  return deepest;
}

suite('help', () => {
  for (const named of runnable) {
    test(`of ${named.path} has examples, of options that are there`, () => {
      const lines = EXAMPLES.get(named.path.replace('sallyport ', '')) ?? [];
      assert.notDeepEqual(lines, []);
      for (const line of lines) {
        const { path, command } = ownerOf(line);
        assert.ok(path.startsWith(named.path), line);
        const known = command.options.flatMap(({ long, short }) => [long, short]);
        const said = line.replaceAll(/"[^"]*"|'[^']*'/g, 'text').match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
        const required = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => long);
        assert.deepEqual(
          said.filter((option) => !known.includes(option)),
          [],
          line,
        );
        assert.deepEqual(
          required.filter((option) => !said.some((word) => word === option)),
          [],
          line,
        );
      }
    });
  }

  test('of a command says in one style what it does', () => {
    const descriptions = all.map(({ command }) => command.description());
    assert.deepEqual(
      descriptions.filter((text) => /^[A-Z]|\.$/.test(text)),
      [],
    );
  });

  test('is listed under the name of each command', () => {
    assert.deepEqual(
      commands.map(({ name }) => name),
      groups.map((command) => command.name()),
    );
  });
});
