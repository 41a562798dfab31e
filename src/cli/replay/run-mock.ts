import type { JsonObject } from '../../kit/json.ts';
import { VERSION } from '../../version.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { answerCall, divergedError } from './answer-call.ts';
import { type Divergence, printDivergence } from './divergence.ts';
import { listenAddress } from './listen-address.ts';
import { openScript, type ScriptFlags } from './open-script.ts';
import { ReplayScript } from './replay-script.ts';
import { serveMock } from './serve-mock.ts';

/** How recorded calls are served. */
export interface MockFlags extends ScriptFlags {
  readonly listen: string;
  readonly anyAddress?: boolean;
  readonly anyOrder?: boolean;
  readonly exitWhenDone?: boolean;
  readonly json?: boolean;
}

/**
 * Serves what was recorded until `signal` aborts, or all of it was asked for, or something else was.
 *
 * @returns the exit code: 1 when what came was not what was recorded.
 * @throws CommandError, ProblemsError or VaultError.
 */
export async function runMock(flags: MockFlags, io: CommandIo, signal: AbortSignal): Promise<number> {
  const listen = listenAddress(flags.listen, flags.anyAddress === true);
  const { tools, calls, hide } = await openScript(flags, Date.now());
  const script = new ReplayScript(calls, {
    anyOrder: flags.anyOrder === true,
    hide,
    onDivergence: (divergence) => io.complain(textOf(divergence, flags)),
  });
  const over = untilAborted(signal);
  const mock = await serveMock({
    name: flags.server,
    version: VERSION,
    listen,
    tools,
    call: (tool, args) => answerFrom(script, tool, args),
    onAnswered: () => {
      if (flags.exitWhenDone === true && (script.left === 0 || script.divergence !== undefined)) over.resolve();
    },
  });
  io.print(readyLine(mock.url, calls.length, flags));
  await over.promise;
  await mock.close();
  script.end();
  io.print(endLine(script, calls.length, flags));
  return script.divergence === undefined ? EXIT.ok : EXIT.negative;
}

function untilAborted(signal: AbortSignal): PromiseWithResolvers<void> {
  const over = Promise.withResolvers<void>();
  if (signal.aborted) over.resolve();
  signal.addEventListener('abort', () => over.resolve(), { once: true });
  return over;
}

/** @throws ProtocolError where the call is not as recorded, or its answer was an error, or there is none. */
function answerFrom(script: ReplayScript, tool: string, args: JsonObject): JsonObject {
  const taken = script.take(tool, args);
  if (taken.kind === 'diverged') throw divergedError(taken.divergence);
  return answerCall(taken.call);
}

function readyLine(url: string, calls: number, { json, server }: MockFlags): string {
  if (json === true) return JSON.stringify({ url, server, calls });
  return `ready: ${recordedCalls(calls)} of ${server} at ${url}`;
}

function endLine({ left, divergence }: ReplayScript, calls: number, { json }: MockFlags): string {
  const answered = calls - left;
  if (json === true) return JSON.stringify({ answered, left, divergence: divergence ?? null });
  return `${answered} of ${recordedCalls(calls)} came again${divergence === undefined ? '' : ', and not all was as recorded'}`;
}

function recordedCalls(count: number): string {
  return `${count} recorded ${count === 1 ? 'call' : 'calls'}`;
}

function textOf(divergence: Divergence, { json }: MockFlags): string {
  return json === true ? JSON.stringify({ divergence }) : printDivergence(divergence);
}
