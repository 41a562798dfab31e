import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { UNSENDABLE_HEADERS } from '../envoy/unsendable-headers.fixture.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../../kit/json.ts';
import { structOf } from '../envoy/oracle-values.fixture.ts';
import { BODY_MODES, HEADER_MODES, type ModeOverride } from './mode-override.ts';
import { decodeProcessingResponse } from './processing-oracle.fixture.ts';
import {
  type Phase,
  writeBodyReply,
  writeHeadersReply,
  writeImmediate,
  writeStreamedBody,
  writeTrailersReply,
} from './write-processing-response.ts';

const NOTHING = { set: [], remove: [] };
const PHASES: readonly Phase[] = ['request', 'response'];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const phase = fc.constantFrom(...PHASES);
const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }).map((plain): JsonObject => {
  const value = fromPlain(JSON.parse(JSON.stringify(plain).replaceAll('__proto__', 'proto')));
  return isJsonObject(value) ? value : new Map();
});
const anyMetadata = fc.option(json, { nil: undefined });
const name = fc.string({ unit: fc.constantFrom('x', 'a', '-', '1'), minLength: 1, maxLength: 200 });
const value = fc.string({ unit: fc.constantFrom('v', '=', '"', '~', '\xfc'), minLength: 1, maxLength: 300 });
const change = fc.record({
  set: fc.uniqueArray(fc.tuple(name, value), { maxLength: 8, selector: ([one]) => one }),
  remove: fc.array(name, { maxLength: 8 }),
});
const anyBytes = fc.uint8Array({ maxLength: 300 });
const modes = fc.record(
  {
    requestHeader: fc.constantFrom(...HEADER_MODES),
    responseHeader: fc.constantFrom(...HEADER_MODES),
    requestBody: fc.constantFrom(...BODY_MODES),
    responseBody: fc.constantFrom(...BODY_MODES),
  },
  { requiredKeys: [] },
);

/** Such a header as the library reads it. */
function option([key, text]: readonly [string, string], append = false): object {
  return {
    header: { key, value: '', raw_value: Buffer.from(text, 'latin1') },
    append: append ? { value: true } : null,
    append_action: append ? 0 : 2,
  };
}

function mutation(set: readonly (readonly [string, string])[], remove: readonly string[]): object {
  return { set_headers: set.map((header) => option(header)), remove_headers: remove };
}

/** The answer as the library reads it, its metadata as JSON. */
function decode(bytes: Uint8Array): object {
  const decoded = decodeProcessingResponse(bytes) as { readonly dynamic_metadata: unknown };
  const { dynamic_metadata: metadata } = decoded;
  return { ...decoded, dynamic_metadata: metadata === null ? null : structOf(metadata) };
}

function metadataOf(of: JsonObject | undefined): JsonObject | null {
  return of === undefined ? null : new Map([['envoy.filters.http.ext_proc', of]]);
}

/** What there is of the answer beside its variant. */
function answer(variant: string, of: object, more: object = {}): object {
  return { response: variant, [variant]: of, dynamic_metadata: null, mode_override: null, ...more };
}

function writtenModes(override: ModeOverride): unknown {
  const decoded = decode(writeHeadersReply('request', { ...NOTHING, modes: override }));
  return Object.values((decoded as { mode_override: object }).mode_override);
}

suite('writeHeadersReply()', () => {
  test('lets headers pass where nothing is to be changed', () => {
    assert.equal(hex(writeHeadersReply('request', NOTHING)), '0a060a0408001200');
    assert.equal(hex(writeHeadersReply('response', NOTHING)), '12060a0408001200');
  });

  test('is read by @grpc/proto-loader as it was meant', () => {
    fc.assert(
      fc.property(phase, change, anyMetadata, (of, { set, remove }, data) => {
        assert.deepEqual(
          decode(writeHeadersReply(of, { set, remove, ...(data && { metadata: data }) })),
          answer(
            `${of}_headers`,
            { response: { status: 0, header_mutation: mutation(set, remove), body_mutation: null } },
            { dynamic_metadata: metadataOf(data) },
          ),
        );
      }),
    );
  });

  test('writes all six modes, also those that are not given', () => {
    const bytes = writeHeadersReply('request', { ...NOTHING, modes: { requestBody: 'BUFFERED' } });
    assert.equal(hex(bytes), '0a060a04080012004a0c080110011802200028023002');
    assert.deepEqual(writtenModes({}), [1, 1, 0, 0, 2, 2]);
    assert.deepEqual(writtenModes({ responseBody: 'BUFFERED' }), [1, 1, 0, 2, 2, 2]);
    assert.deepEqual(writtenModes({ requestHeader: 'SKIP', responseHeader: 'DEFAULT' }), [2, 0, 0, 0, 2, 2]);
    assert.deepEqual(writtenModes({ requestTrailer: 'SEND', responseTrailer: 'DEFAULT' }), [1, 1, 0, 0, 1, 0]);
  });

  test('sends the trailers of a body in pieces, which Envoy demands', () => {
    assert.deepEqual(writtenModes({ responseBody: 'FULL_DUPLEX_STREAMED' }), [1, 1, 0, 4, 2, 1]);
    assert.deepEqual(writtenModes({ requestBody: 'FULL_DUPLEX_STREAMED' }), [1, 1, 4, 0, 1, 2]);
    for (const responseTrailer of ['SKIP', 'DEFAULT'] as const) {
      const override = { responseBody: 'FULL_DUPLEX_STREAMED', responseTrailer } as const;
      assert.throws(() => writtenModes(override), RangeError);
    }
  });

  test('keeps every mode that it is given', () => {
    fc.assert(
      fc.property(modes, (override) => {
        const {
          requestHeader = 'SEND',
          responseHeader = 'SEND',
          requestBody = 'NONE',
          responseBody = 'NONE',
        } = override;
        assert.deepEqual((writtenModes(override) as readonly number[]).slice(0, 4), [
          HEADER_MODES.indexOf(requestHeader),
          HEADER_MODES.indexOf(responseHeader),
          BODY_MODES.indexOf(requestBody),
          BODY_MODES.indexOf(responseBody),
        ]);
      }),
    );
  });

  test('removes the length of a body that comes in pieces, of this way only', () => {
    const pieces = { ...NOTHING, modes: { responseBody: 'FULL_DUPLEX_STREAMED' } } as const;
    assert.partialDeepStrictEqual(decode(writeHeadersReply('response', pieces)), {
      response_headers: { response: { header_mutation: { remove_headers: ['content-length'] } } },
    });
    assert.partialDeepStrictEqual(decode(writeHeadersReply('request', pieces)), {
      request_headers: { response: { header_mutation: { remove_headers: [] } } },
    });
  });

  test('sends a name that is there twice as two fields', () => {
    const set = [
      ['vary', 'accept'],
      ['x-a', 'b'],
      ['vary', 'origin'],
    ] as const;
    assert.partialDeepStrictEqual(decode(writeHeadersReply('response', { set, remove: [] })), {
      response_headers: {
        response: {
          header_mutation: { set_headers: [option(set[0]), option(set[1]), option(set[2], true)] },
        },
      },
    });
  });
});

suite('writeBodyReply()', () => {
  test('lets a body pass as it is', () => {
    assert.equal(hex(writeBodyReply('request', NOTHING)), '1a060a0408001200');
    assert.equal(hex(writeBodyReply('response', NOTHING)), '22060a0408001200');
  });

  test('replaces a body, an empty one too, and its length', () => {
    for (const body of [Buffer.from('{"a":1}'), Buffer.alloc(0), Buffer.alloc(3_000_000, 'x')]) {
      const set = [option(['content-length', String(body.length)])];
      assert.deepEqual(
        decode(writeBodyReply('response', { ...NOTHING, body })),
        answer('response_body', {
          response: {
            status: 0,
            header_mutation: { set_headers: set, remove_headers: [] },
            body_mutation: { mutation: 'body', body },
          },
        }),
      );
    }
  });

  test('is read by @grpc/proto-loader as it was meant', () => {
    fc.assert(
      fc.property(
        phase,
        change,
        fc.option(anyBytes, { nil: undefined }),
        anyMetadata,
        (of, { set, remove }, body, data) => {
          const length = body === undefined ? [] : [['content-length', String(body.length)] as const];
          const reply = { set, remove, ...(body && { body }), ...(data && { metadata: data }) };
          assert.deepEqual(
            decode(writeBodyReply(of, reply)),
            answer(
              `${of}_body`,
              {
                response: {
                  status: 0,
                  header_mutation: mutation([...set, ...length], remove),
                  body_mutation: body === undefined ? null : { mutation: 'body', body: Buffer.from(body) },
                },
              },
              { dynamic_metadata: metadataOf(data) },
            ),
          );
        },
      ),
    );
  });
});

suite('writeStreamedBody()', () => {
  test('sends a piece, an empty one too, and never as a whole body', () => {
    fc.assert(
      fc.property(phase, anyBytes, fc.boolean(), (of, body, endOfStream) => {
        assert.deepEqual(
          decode(writeStreamedBody(of, { body, endOfStream, first: false })),
          answer(`${of}_body`, {
            response: {
              status: 0,
              header_mutation: null,
              body_mutation: {
                mutation: 'streamed_response',
                streamed_response: { body: Buffer.from(body), end_of_stream: endOfStream },
              },
            },
          }),
        );
      }),
    );
  });

  test('says that it is a piece where there is nothing in it', () => {
    const bytes = writeStreamedBody('response', { body: new Uint8Array(0), endOfStream: false, first: false });
    assert.equal(hex(bytes), '220c0a0a08001a061a040a001000');
  });

  test('comes first with a change of headers that no filter can make', () => {
    fc.assert(
      fc.property(phase, anyBytes, fc.boolean(), (of, body, endOfStream) => {
        const piece = decode(writeStreamedBody(of, { body, endOfStream, first: true }));
        assert.partialDeepStrictEqual(piece, {
          [`${of}_body`]: {
            response: {
              header_mutation: { set_headers: [], remove_headers: ['a body in pieces'] },
              body_mutation: { streamed_response: { body: Buffer.from(body), end_of_stream: endOfStream } },
            },
          },
        });
      }),
    );
  });
});

suite('writeTrailersReply()', () => {
  test('lets trailers pass', () => {
    assert.deepEqual(PHASES.map(writeTrailersReply).map(hex), ['2a00', '3200']);
    for (const of of PHASES) {
      assert.deepEqual(decode(writeTrailersReply(of)), answer(`${of}_trailers`, { header_mutation: null }));
    }
  });
});

suite('writeImmediate()', () => {
  const refusal = {
    httpStatus: 401,
    headers: [
      ['content-type', 'application/json'],
      ['www-authenticate', 'Bearer realm="a"'],
      ['www-authenticate', 'DPoP algs="ES256"'],
    ],
    body: Buffer.from('{}'),
    details: 'sallyport_refused',
  } as const;

  test('answers in place of the tool server, with every field of a name', () => {
    const [type, first, second] = refusal.headers;
    assert.deepEqual(
      decode(writeImmediate(refusal)),
      answer('immediate_response', {
        status: { code: 401 },
        headers: { set_headers: [option(type), option(first), option(second, true)], remove_headers: [] },
        body: Buffer.from('{}'),
        details: 'sallyport_refused',
      }),
    );
  });

  test('is never any other answer, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        change,
        anyBytes,
        anyMetadata,
        (httpStatus, { set }, body, data) => {
          const written = writeImmediate({
            httpStatus,
            headers: set,
            body,
            details: 'a',
            ...(data && { metadata: data }),
          });
          assert.equal(written[0], 0x3a);
          assert.deepEqual(
            decode(written),
            answer(
              'immediate_response',
              { status: { code: httpStatus }, headers: mutation(set, []), body: Buffer.from(body), details: 'a' },
              { dynamic_metadata: metadataOf(data) },
            ),
          );
        },
      ),
    );
  });

  test('refuses a status that does not end an answer', () => {
    for (const httpStatus of [0, 100, 199, 600, 200.5, Number.NaN]) {
      assert.throws(() => writeImmediate({ ...refusal, httpStatus }), RangeError);
    }
  });

  test('refuses details that are not a plain name', () => {
    for (const details of ['', 'a b', 'a\nb', 'A', 'ü', 'a{b}', '%a%', 'a'.repeat(65)]) {
      assert.throws(() => writeImmediate({ ...refusal, details }), RangeError, details);
    }
    assert.ok(writeImmediate({ ...refusal, details: 'a-z_0.9' }));
  });
});

suite('headers of all answers', () => {
  for (const header of UNSENDABLE_HEADERS) {
    test(`are not ${JSON.stringify(header)}`, () => {
      const reply = { set: [header], remove: [] };
      const immediate = { httpStatus: 200, headers: [header], body: new Uint8Array(0), details: 'a' };
      assert.throws(() => writeHeadersReply('response', reply), RangeError);
      assert.throws(() => writeBodyReply('response', { ...reply, body: new Uint8Array(3) }), RangeError);
      assert.throws(() => writeImmediate(immediate), RangeError);
    });
  }

  test('are not removed where they are Envoy’s', () => {
    for (const one of ['host', ':path', 'content-length', 'transfer-encoding', 'X-A', '']) {
      assert.throws(() => writeHeadersReply('request', { set: [], remove: [one] }), RangeError);
      assert.throws(() => writeBodyReply('response', { set: [], remove: [one] }), RangeError);
    }
  });
});
