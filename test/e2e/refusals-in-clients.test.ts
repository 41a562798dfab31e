import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { startSallyport } from './start-sallyport.ts';

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: echo, match: { tool: echo }, effect: allow, args: { text: { c: len, max: 5 } }, message: echo takes five letters }
  - { id: no-measures, match: { tool: measure }, effect: deny, message: nothing is measured here }
  - { id: measure, match: { tool: measure }, effect: allow }
`;

/** What the model reads when a tool call was refused. */
const modelText = (outcome: Outcome | undefined): string => {
  assert.equal(outcome?.kind, 'value', JSON.stringify(outcome));
  const { isError, content } = outcome.value as { isError: boolean; content: { text: string }[] };
  assert.equal(isError, true);
  return content.map(({ text }) => text).join('\n');
};

for (const carrier of CARRIERS) {
  suite(`a refusal in an official client (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const { driver, skip } of clientDrivers()) {
      test(`reaches the model of ${driver.name} for a tool and its developer for the rest`, { skip }, async () => {
        await using server = await startEverything();
        await using sallyport = await startSallyport({ carrier, servers: { everything: server.url }, policy: POLICY });
        const [denied, argument, resource, allowed] = await driver.run(sallyport.url('everything'), [
          { do: 'call', tool: 'measure', args: { text: 'x' } },
          { do: 'call', tool: 'echo', args: { text: 'too long' } },
          { do: 'read', uri: 'test://static-text' },
          { do: 'call', tool: 'echo', args: { text: 'short' } },
        ]);
        assert.match(modelText(denied), /nothing is measured here[^]*Rule: no-measures[^]*policy\.denied/);
        assert.match(modelText(argument), /\/text[^]*policy\.arguments/);
        assert.equal(resource?.kind, 'error', JSON.stringify(resource));
        assert.equal((resource.data as { reason: string }).reason, 'policy.no-allow');
        assert.equal(allowed?.kind, 'value', JSON.stringify(allowed));
      });
    }
  });
}
