import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pinInput } from '../../catalogue/catalogue.fixture.ts';
import type { LiveComparison } from '../../catalogue/compare-live.ts';
import { readDefinition } from '../../catalogue/read-definition.ts';
import { acceptTools } from './accept-tools.ts';

const text = { type: 'string' } as const;
const definition = (properties: object) => ({ name: 'register', inputSchema: { type: 'object', properties } });

suite('acceptTools()', () => {
  test('keeps classes of arguments that are still there, and guesses those of new ones', () => {
    const classes = new Map([
      ['/email', 'plain'],
      ['/gone', 'pii'],
    ] as const);
    const before = pinInput(definition({ email: text, gone: text }), { classes });
    const now = readDefinition(Buffer.from(JSON.stringify(definition({ email: text, phone: text, api_key: text }))));
    assert.equal(now.kind, 'definition');
    const comparison = { kind: 'changed', tool: 'register', now } as unknown as LiveComparison;
    const [pin] = acceptTools([before], [comparison], []).pins;
    assert.deepEqual(
      new Map(pin?.classes),
      new Map([
        ['/api_key', 'secret'],
        ['/email', 'plain'],
        ['/phone', 'pii'],
      ]),
    );
  });
});
