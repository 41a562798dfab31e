import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lintEnvoy } from '../../src/cli/envoy/lint/lint-envoy.ts';
import { LINT_RULES } from '../../src/cli/envoy/lint/lint-rules.ts';
import { readEnvoyText } from '../../src/cli/envoy/lint/read-envoy-file.ts';
import { FAULTS, FORMS, redirected } from './lint-faults.ts';
import { shippedFile } from './render-envoy.ts';

function codesOf(text: string, cluster?: string): readonly string[] {
  return [...new Set(lintEnvoy(readEnvoyText('envoy.yaml', text), { cluster }).map(({ code }) => code))];
}

suite('lintEnvoy()', () => {
  for (const wiring of ['authorize', 'inspect'] as const) {
    test(`finds nothing in the shipped file for ${wiring}`, () => {
      assert.deepEqual(codesOf(shippedFile(wiring)), []);
    });
  }

  for (const [how, form] of FORMS) {
    test(`finds nothing in a file that ${how}`, () => {
      for (const wiring of ['authorize', 'inspect'] as const) assert.deepEqual(codesOf(form(shippedFile(wiring))), []);
    });
  }

  test('asks no route for a name where what was dialled names the server', () => {
    const unnamed = redirected()(shippedFile('authorize')).replace('{ server: files }', '{ other: files }');
    assert.deepEqual(codesOf(unnamed), []);
    const nameless = redirected()(shippedFile('inspect')).replace(/- name: files\n *# Exact/, '- # Exact');
    assert.deepEqual(codesOf(nameless.replace(/ *- xds\.route_name\n/, '')), []);
  });

  for (const { fault, code, wiring = 'authorize', edit } of FAULTS) {
    test(`finds ${code} alone in a file that ${fault}`, () => {
      assert.deepEqual(codesOf(edit(shippedFile(wiring))), [code]);
    });
  }

  test('has a fault for each code', () => {
    const found = new Set(FAULTS.map(({ code }) => code));
    assert.deepEqual(
      Object.keys(LINT_RULES).filter((code) => !found.has(code as keyof typeof LINT_RULES)),
      [],
    );
  });
});
