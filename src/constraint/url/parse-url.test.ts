import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileHostPattern } from './host-pattern.ts';
import { isPublicHost } from './is-public-host.ts';
import { type ParsedUrl, parseUrl } from './parse-url.ts';

suite('parseUrl()', () => {
  test('gives the parts of a plain URL', () => {
    assert.deepEqual(parseUrl('HTTPS://Example.COM:8443/docs/a%20b?q=1#f'), {
      kind: 'url',
      scheme: 'https',
      host: 'example.com',
      port: 8443,
      path: '/docs/a%20b',
    });
    assert.deepEqual(parseUrl('http://[2001:db8::1]'), {
      kind: 'url',
      scheme: 'http',
      host: '[2001:db8::1]',
      port: 80,
      path: '/',
    });
  });

  for (const text of [
    'https://evil.com\\@good.com/',
    'https://good.com@evil.com/',
    'https://@good.com/',
    'https://go\tod.com/',
    ' https://good.com/',
    'https://good.com/a b',
    'https://good.com\n/',
    'https:good.com',
    'https:/good.com',
    'https:///good.com',
    '//good.com/',
    'good.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://010.0.0.1/',
    'http://127.0.0.1./',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::FFFF:7f00:1]/',
    'https://good.com./',
    'https://good%2ecom/',
    'https://ｇood.com/',
    'https://good。com/',
    'https://bücher.example/',
    'https://go od.com/',
    'https://good.com:99999/',
    'https://good.com:/',
    'https://good.com:0443/',
    'https://good..com/',
    'https://good.com/a/../b',
    'https://good.com/a/%2e%2e/b',
    'https://good.com/./',
    'https://good\u00ad.com/',
    'https://good.com/\u202e',
    `https://good.com/${'a'.repeat(9000)}`,
  ]) {
    test(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.equal(parseUrl(text).kind, 'ambiguous');
    });
  }

  test('never names a host or port that WHATWG parsing does not', () => {
    const part = fc.constantFrom(
      'http',
      'https',
      '://',
      '/',
      ':',
      '@',
      '.',
      'good.com',
      'evil.com',
      '\\',
      '%40',
      '#',
      '?',
      '80',
      '[',
      ']',
      '\t',
      '0x7f.1',
      '..',
    );
    const texts = fc.tuple(fc.constantFrom('https://', 'http://', ''), fc.array(part, { maxLength: 8 }));
    fc.assert(
      fc.property(texts, ([scheme, parts]) => {
        const text = scheme + parts.join('');
        const parsed = parseUrl(text);
        assert.ok(parsed.kind === 'ambiguous' || isWhatWhatwgReads(parsed, new URL(text)), text);
      }),
      { numRuns: 3000 },
    );
  });
});

function isWhatWhatwgReads(parsed: ParsedUrl, url: URL): boolean {
  const port = url.port === '' || Number(url.port) === parsed.port;
  return (
    parsed.host === url.hostname && `${parsed.scheme}:` === url.protocol && url.username + url.password === '' && port
  );
}

suite('compileHostPattern()', () => {
  test('takes a wildcard for one or more labels, not for the name itself', () => {
    const pattern = compileHostPattern('*.example.com');
    const hosts = [
      'a.example.com',
      'a.b.example.com',
      'example.com',
      'evilexample.com',
      '.example.com',
      'a.example.com.evil',
    ];
    assert.deepEqual(
      hosts.map((host) => pattern?.(host)),
      [true, true, false, false, false, false],
    );
  });

  test('compares IDN as punycode', () => {
    assert.equal(compileHostPattern('bücher.example')?.('xn--bcher-kva.example'), true);
  });

  for (const text of ['a.com/', 'a.com:80', 'a@b', '*', 'a.*.com', '*.*.com', 'a.com.', '', '*.', 'https://a.com']) {
    test(`${text === '*' ? 'takes' : 'refuses'} ${JSON.stringify(text)}`, () => {
      assert.equal(compileHostPattern(text) !== undefined, text === '*');
    });
  }
});

suite('isPublicHost()', () => {
  const inside =
    'kubernetes.default kubernetes.default.svc db.prod.svc.cluster.local web.service.consul x.docker a.svc nas.lan ' +
    'printer.home.arpa wiki.intranet ad.corp a.home a.mail a.internal a.alt a.test a.example a.invalid a.localhost ' +
    'a.onion a.local a.localdomain router.fritz';
  for (const host of inside.split(' ')) {
    test(`says that ${host} is not public`, () => assert.equal(isPublicHost(host), false));
  }

  for (const host of ['example.com', 'api.github.com', 'a.dev', 'a.app', 'svc.example.com', 'local.example.org']) {
    test(`says that ${host} can be public`, () => assert.equal(isPublicHost(host), true));
  }

  for (const [host, isPublic] of [
    ['example.com', true],
    ['8.8.8.8', true],
    ['[2606:4700::1]', true],
    ['localhost', false],
    ['a.localhost', false],
    ['printer.local', false],
    ['metadata.google.internal', false],
    ['intranet', false],
    ['10.0.0.1', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['168.63.129.16', false],
    ['[::ffff:a83f:8110]', false],
    ['168.63.129.15', true],
    ['100.100.100.200', false],
    ['192.0.0.192', false],
    ['[fd00:ec2::254]', false],
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['100.64.0.1', false],
    ['198.18.0.1', false],
    ['255.255.255.255', false],
    ['[::1]', false],
    ['[::]', false],
    ['[fd00::1]', false],
    ['[fe80::1]', false],
    ['[::ffff:a00:1]', false],
    ['[::7f00:1]', false],
    ['[64:ff9b::7f00:1]', false],
    ['[2002:7f00:1::]', false],
    ['[2001:db8::1]', false],
    ['1.2.3', false],
  ] as const) {
    test(`says ${isPublic} of ${host}`, () => {
      assert.equal(isPublicHost(host), isPublic);
    });
  }
});
