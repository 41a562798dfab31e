import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite, test } from 'node:test';
import { CommandError } from '../command-error.ts';
import { freeBind } from './free-bind.ts';

suite('freeBind()', () => {
  test('finds a port for 0', async () => {
    assert.match(await freeBind('127.0.0.1:0'), /^127\.0\.0\.1:[1-9]\d+$/);
  });

  for (const bind of ['8702', '127.0.0.1', '127.0.0.1:', '127.0.0.1:70000', '127.0.0.1:http', 'a b:1', '']) {
    test(`refuses ${JSON.stringify(bind)}`, async () => {
      await assert.rejects(freeBind(bind), new CommandError('--bind must be ADDRESS:PORT, such as 127.0.0.1:8702'));
    });
  }

  test('says that a port is taken, and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await assert.rejects(freeBind(`127.0.0.1:${port}`), /is in use already\. Choose another with --bind/);
    server.close();
  });
});
