import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import type { Call } from './call.ts';
import { mayAskBack } from './may-ask-back.ts';
import { CLIENT_CAPABILITIES } from './meta-keys.ts';
import { REQUEST_METHODS, type RequestMethod } from './treatment.ts';

type Members = readonly (readonly [string, JsonValue])[];

const object = (members: Members): JsonObject => new Map(members);

/** A call of a modern client that declares these capabilities. */
function declaring(capabilities: JsonValue): Pick<Call, 'era' | 'operation' | 'params'> {
  const meta = object([[CLIENT_CAPABILITIES, capabilities]]);
  return { era: 'modern', operation: 'tools/call', params: object([['_meta', meta]]) };
}

const CAN_BE_ASKED = declaring(object([['elicitation', object([])]]));

suite('mayAskBack()', () => {
  for (const capability of ['elicitation', 'sampling', 'roots']) {
    test(`is so for a client that declares ${capability}`, () => {
      assert.equal(mayAskBack(declaring(object([[capability, object([])]]))), true);
    });
  }

  test('is so for a client that takes tasks', () => {
    const tasks = object([['io.modelcontextprotocol/tasks', object([])]]);
    assert.equal(mayAskBack(declaring(object([['extensions', tasks]]))), true);
  });

  test('is not so for a client that declares none of it', () => {
    const others = object([['extensions', object([['com.example/other', object([])]])]]);
    for (const capabilities of [object([]), others, object([['extensions', true]]), null, ['elicitation']]) {
      assert.equal(mayAskBack(declaring(capabilities)), false);
    }
    assert.equal(mayAskBack({ ...CAN_BE_ASKED, params: object([]) }), false);
  });

  test('is so for the requests that may be answered like that, and no other', () => {
    const methods = Object.keys(REQUEST_METHODS) as RequestMethod[];
    assert.deepEqual(
      methods.filter((operation) => mayAskBack({ ...CAN_BE_ASKED, operation })),
      ['tools/call', 'prompts/get', 'resources/read'],
    );
  });

  test('is never so in the legacy era, where servers ask by requests of their own', () => {
    assert.equal(mayAskBack({ ...CAN_BE_ASKED, era: 'legacy' }), false);
  });
});
