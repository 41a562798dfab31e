/**
 * Records what a real Envoy sends for each kind of request, and what Sallyport answers: `node benchmarks/peers/record.ts` writes
 * `recorded.json` anew. To be done when Envoy, the shipped files or the bodies change. Needs built files and Envoy.
 *
 * Each request is made twice, and the second one's messages are kept: by then connections and streams are there.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { generateSigningKey, type SigningKey } from '../../src/capability/signing-key.ts';
import { envoyVersion, startEnvoyProcess } from '../path/envoy-process.ts';
import { metadataText } from './check-answer.ts';
import { agentHeaders, BODIES, type BodyName, peerToken } from './peer-project.ts';
import { BLANK, type Recorded, recordedText } from './recorded.ts';
import { startSallyport } from './sallyport-process.ts';
import { startProcess } from './started-process.ts';
import { type Seen, startTap } from './tap.ts';

/** Time for Envoy's access log to come. */
const LOG_MS = 300;

interface Recording {
  readonly seen: Seen;
  readonly first: Seen;
}

const key = await generateSigningKey('EdDSA');
const token = await peerToken(key);
await using upstream = await startProcess({
  command: process.execPath,
  args: [fileURLToPath(new URL('upstream-process.ts', import.meta.url))],
  ready: /^(\d+)$/m,
});
const authorize = await recordAll('authorize', key);
const inspect = await recordAll('inspect', key);
const { allow, list } = authorize;
const named = <T>(of: (name: BodyName) => T) =>
  ({ allow: of('allow'), deny: of('deny'), large: of('large'), list: of('list') }) as const;
const recorded: Recorded = {
  envoy: await envoyVersion(),
  metadata: Object.fromEntries(allow.seen.metadata),
  checks: named((name) => only(authorize[name].seen.checks, `check of ${name}`)),
  process: list.seen.process,
  logs: {
    first: only(allow.first.logs, 'first log entry'),
    ...named((name) => only(authorize[name].seen.logs, `log of ${name}`)),
  },
  answers: {
    check: only(allow.seen.checkAnswers, 'answer to check'),
    process: inspect.allow.seen.processAnswers,
  },
};
await writeFile(new URL('recorded.json', import.meta.url), recordedText(recorded));
console.log(
  `recorded ${recorded.checks.allow.length} bytes for a call, ${recorded.process.length} messages for a list`,
);

async function recordAll(wiring: 'authorize' | 'inspect', signer: SigningKey): Promise<Record<BodyName, Recording>> {
  const at = `http://127.0.0.1:${upstream.found}/mcp`;
  const door = wiring === 'authorize' ? 'ext_authz' : 'ext_proc';
  await using sallyport = await startSallyport({ key: signer, upstream: at, door });
  await using tap = await startTap(sallyport.socket);
  await using envoy = await startEnvoyProcess({ variant: wiring, socket: tap.socket, upstream: at });
  const all: Partial<Record<BodyName, Recording>> = {};
  for (const name of ['allow', 'deny', 'large', 'list'] as const) {
    const turns: Seen[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const { body } = await request(envoy.url, { method: 'POST', headers: agentHeaders(token), body: BODIES[name] });
      await body.dump({ limit: 1e7 });
      await pause(LOG_MS);
      turns.push(blanked(tap.take()));
    }
    const [first, seen] = turns;
    if (first === undefined || seen === undefined) throw new Error('nothing seen');
    all[name] = { first, seen };
  }
  return all as Record<BodyName, Recording>;
}

/** Without what differs from call to call. */
function blanked({ metadata, ...messages }: Seen): Seen {
  const ids = messages.checkAnswers.concat(messages.processAnswers).flatMap((answer) => {
    const id = metadataText(answer, 'decision_id');
    const hold = metadataText(answer, 'hold');
    return [
      ...(id === undefined ? [] : [[id, BLANK.decisionId] as const]),
      ...(hold === undefined ? [] : [[hold, BLANK.hold.repeat(hold.length)] as const]),
    ];
  });
  const blanks = [[token, BLANK.token.repeat(token.length)] as const, ...ids];
  const blank = (all: readonly Buffer[]): Buffer[] => all.map((message) => withBlanks(message, blanks));
  return {
    metadata,
    checks: blank(messages.checks),
    checkAnswers: blank(messages.checkAnswers),
    process: blank(messages.process),
    processAnswers: blank(messages.processAnswers),
    logs: blank(messages.logs),
  };
}

function withBlanks(message: Buffer, blanks: readonly (readonly [string, string])[]): Buffer {
  const text = blanks.reduce((all, [from, to]) => all.replaceAll(from, to), message.toString('latin1'));
  return Buffer.from(text, 'latin1');
}

function only(messages: readonly Buffer[], what: string): Buffer {
  const [first] = messages;
  if (first === undefined || messages.length > 1) throw new Error(`${messages.length} messages: ${what}`);
  return first;
}
