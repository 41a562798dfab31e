import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { serverSchema } from '../../src/catalogue/config.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { envoyOwnedExpression } from '../../src/transports/envoy/envoy-owned.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { renderEnvoy, shippedFile } from './render-envoy.ts';
import { validate } from './run-envoy.ts';

/** The value at `path` of a document, `undefined` when there is none. */
function at(document: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (place, step) => (place as Record<string | number, unknown> | undefined)?.[step],
    document,
  );
}

const file: unknown = parse(shippedFile('authorize'), { merge: true });
const managers = (at(file, 'static_resources', 'listeners') as readonly unknown[]).map((listener) =>
  at(listener, 'filter_chains', 0, 'filters', 0, 'typed_config'),
);

suite('envoy/authorize.yaml', () => {
  for (const [index, manager] of managers.entries()) {
    const filters = at(manager, 'http_filters') as readonly { name: string }[];
    const filter = at(filters[0], 'typed_config');

    test(`lets nothing pass when nobody can be asked, on listener ${index}`, () => {
      assert.deepEqual(
        filters.map(({ name }) => name),
        [
          'envoy.filters.http.ext_authz',
          'envoy.filters.http.match_delegate',
          'envoy.filters.http.header_mutation',
          'envoy.filters.http.buffer',
          'envoy.filters.http.router',
        ],
      );
      assert.equal(at(filter, 'failure_mode_allow'), false);
      assert.equal(at(filter, 'status_on_error', 'code'), 503);
      assert.equal(at(filter, 'validate_mutations'), true);
      assert.equal(at(filter, 'encode_raw_headers'), true);
      assert.equal(at(filter, 'clear_route_cache'), false);
    });

    test(`shows whole bodies, up to what a server takes by default, on listener ${index}`, () => {
      assert.deepEqual(at(filter, 'with_request_body'), {
        max_request_bytes: serverSchema.shape.max_body_bytes.parse(undefined),
        allow_partial_message: false,
        pack_as_bytes: true,
      });
    });

    test(`forbids the mutations that the code never makes, on listener ${index}`, () => {
      assert.deepEqual(at(filter, 'decoder_header_mutation_rules'), {
        disallow_expression: { regex: envoyOwnedExpression() },
        disallow_is_error: true,
        allow_envoy: true,
      });
    });

    test(`takes nothing of the agent’s word for where it is, on listener ${index}`, () => {
      assert.equal(at(manager, 'use_remote_address'), true);
      assert.equal(at(manager, 'internal_address_config'), undefined);
      assert.equal(at(manager, 'upgrade_configs'), undefined);
      assert.equal(at(manager, 'forward_client_cert_details'), 'SANITIZE');
    });

    test(`names the server on every route that leads to a tool server, on listener ${index}`, () => {
      const routes = at(manager, 'route_config', 'virtual_hosts', 0, 'routes') as readonly unknown[];
      const leading = routes.filter((route) => at(route, 'route') !== undefined);
      assert.equal(leading.length, 1);
      for (const route of leading) {
        const own = at(route, 'typed_per_filter_config', 'envoy.filters.http.ext_authz');
        assert.deepEqual(at(own, 'check_settings'), { context_extensions: { server: 'files' } });
        assert.equal(at(own, 'disabled'), undefined);
        assert.deepEqual(at(route, 'route', 'retry_policy'), { num_retries: 0, per_try_timeout: '60s' });
      }
    });

    test(`answers by itself on every other route, on listener ${index}`, () => {
      const routes = at(manager, 'route_config', 'virtual_hosts', 0, 'routes') as readonly unknown[];
      const others = routes.filter((route) => at(route, 'route') === undefined);
      assert.ok(others.length > 0);
      for (const route of others) assert.equal(at(route, 'direct_response', 'status'), 404);
    });
  }

  test('is a configuration that Envoy takes', { skip: whyNoEnvoy() }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'envoy-file-'));
    const own = makeAuthority('agents', 'P-256').issue('localhost', ['dns:localhost']);
    for (const [name, text] of [
      ['server.pem', own.cert],
      ['server.key', own.key],
      ['agents-ca.pem', makeAuthority('agents', 'P-256').ca],
      ['envoy.yaml', renderEnvoy({ folder, socket: '/run/sallyport/envoy.sock', upstreamPort: 3001 })],
      [
        'broken.yaml',
        renderEnvoy({ folder, socket: 'x', upstreamPort: 1 }).replace('failure_mode_allow', 'failure_mod'),
      ],
    ] as const) {
      await writeFile(join(folder, name), text);
    }
    assert.equal(await validate(join(folder, 'envoy.yaml')), 'valid');
    assert.match(await validate(join(folder, 'broken.yaml')), /failure_mod/);
    await rm(folder, { recursive: true, force: true });
  });
});
