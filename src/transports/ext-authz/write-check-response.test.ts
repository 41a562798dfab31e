import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { UNSENDABLE_HEADERS } from '../envoy/unsendable-headers.fixture.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../../kit/json.ts';
import { structFrom } from '../envoy/oracle-values.fixture.ts';
import { decodeCheckResponse } from './protobuf-oracle.fixture.ts';
import { writeDenied, writeOk } from './write-check-response.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }).map((plain): JsonObject => {
  const value = fromPlain(JSON.parse(JSON.stringify(plain).replaceAll('__proto__', 'proto')));
  return isJsonObject(value) ? value : new Map();
});
const name = fc.string({ unit: fc.constantFrom('x', 'a', '-', '1'), minLength: 1, maxLength: 200 });
const value = fc.string({ unit: fc.constantFrom('v', '=', '"', '~', '!'), minLength: 1, maxLength: 300 });
const headers = fc.array(fc.tuple(name, value), { maxLength: 8 });

function structOf(metadata: JsonObject | undefined): unknown {
  return metadata === undefined ? null : structFrom(metadata);
}

suite('writeOk()', () => {
  test('says that the status is OK, and nothing else where nothing is to be changed', () => {
    assert.equal(hex(writeOk({ headers: [], headersToRemove: [], metadata: undefined })), '0a001a00');
  });

  test('overwrites the headers of the agent', () => {
    const bytes = writeOk({
      headers: [['x-a', 'b']],
      headersToRemove: ['authorization'],
      metadata: new Map([['k', true]]),
    });
    assert.equal(
      hex(bytes),
      ['0a00', '1a1d', '120c', '0a08', '0a03782d61', '120162', '1802', '2a0d', '617574686f72697a6174696f6e'].join('') +
        ['2209', '0a07', '0a016b', '1202', '2001'].join(''),
    );
  });

  test('is read by @grpc/proto-loader as it was meant', () => {
    fc.assert(
      fc.property(headers, fc.array(name), fc.option(json, { nil: undefined }), (set, removed, metadata) => {
        assert.partialDeepStrictEqual(
          decodeCheckResponse(writeOk({ headers: set, headersToRemove: removed, metadata })),
          {
            status: { code: 0 },
            ok_response: {
              headers: set.map(([key, text]) => ({ header: { key, value: text }, append_action: 2 })),
              headers_to_remove: removed,
            },
            http_response: 'ok_response',
            ...(metadata !== undefined && { dynamic_metadata: structOf(metadata) as object }),
          },
        );
      }),
    );
  });
});

suite('writeDenied()', () => {
  const refusal = {
    httpStatus: 200,
    headers: [['content-type', 'application/json']],
    body: '{}',
    metadata: undefined,
  } as const;

  test('says first that the status is PERMISSION_DENIED', () => {
    assert.equal(
      hex(writeDenied(refusal)),
      ['0a020807', '122d', '0a0308c801', '1222', '0a20', '0a0c'].join('') +
        [
          Buffer.from('content-type').toString('hex'),
          '1210',
          Buffer.from('application/json').toString('hex'),
          '1a027b7d',
        ].join(''),
    );
  });

  test('never begins as an allow does, whatever it is given', () => {
    const body = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        headers,
        body,
        fc.option(json, { nil: undefined }),
        (httpStatus, list, text, metadata) => {
          const bytes = writeDenied({ httpStatus, headers: list, body: text, metadata });
          assert.equal(hex(bytes.subarray(0, 4)), '0a020807');
          assert.partialDeepStrictEqual(decodeCheckResponse(bytes), {
            status: { code: 7 },
            denied_response: {
              status: { code: httpStatus },
              headers: list.map(([key, of]) => ({ header: { key, value: of }, append_action: 0 })),
              body: Buffer.from(text).toString(),
            },
            http_response: 'denied_response',
            ...(metadata !== undefined && { dynamic_metadata: structOf(metadata) as object }),
          });
        },
      ),
    );
  });

  test('refuses a status that does not end an answer', () => {
    for (const httpStatus of [0, 100, 199, 600, 200.5, NaN]) {
      assert.throws(() => writeDenied({ ...refusal, httpStatus }), RangeError);
    }
  });

  test('writes large bodies whole', () => {
    const body = 'x'.repeat(3_000_000);
    assert.partialDeepStrictEqual(decodeCheckResponse(writeDenied({ ...refusal, body })), {
      denied_response: { body },
    });
  });
});

suite('headers of both replies', () => {
  for (const header of [...UNSENDABLE_HEADERS, ['x-a', 'ü'] as const]) {
    test(`are not ${JSON.stringify(header)}`, () => {
      assert.throws(() => writeOk({ headers: [header], headersToRemove: [], metadata: undefined }), RangeError);
      const denied = { httpStatus: 200, body: '', metadata: undefined };
      assert.throws(() => writeDenied({ ...denied, headers: [header] }), RangeError);
    });
  }

  test('are not removed where Envoy would not', () => {
    for (const one of ['host', ':path', 'content-length']) {
      assert.throws(() => writeOk({ headers: [], headersToRemove: [one], metadata: undefined }), RangeError);
    }
  });
});
