import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault-proxy.ts';

/** Hands on what comes from `far`, in order, as the fault of that moment has it; ends `near` when `far` has and all is handed on. */
export function relayReplies(far: Socket, near: Socket, faultNow: () => Fault): void {
  let handedOn = Promise.resolve();
  far.on('data', (chunk: Buffer) => {
    const dueMs = performance.now() + delayOf(faultNow());
    handedOn = handedOn.then(() => handOn(chunk, near, faultNow, dueMs));
  });
  far.on('close', () => void handedOn.then(() => near.destroy()));
}

async function handOn(chunk: Buffer, near: Socket, faultNow: () => Fault, dueMs: number): Promise<void> {
  await until(dueMs, () => delayOf(faultNow()) > 0);
  const fault = faultNow();
  if (typeof fault === 'object' && 'cutAfterBytes' in fault) {
    near.write(chunk.subarray(0, fault.cutAfterBytes), () => near.resetAndDestroy());
  } else if (dripEveryMs(fault) > 0) {
    await drip(chunk, near, faultNow);
  } else {
    near.write(chunk);
  }
}

const LOOK_MS = 10;

/** Waits until then, or until the fault is over: then it holds nothing back any more. */
async function until(dueMs: number, isOn: () => boolean): Promise<void> {
  for (let leftMs = dueMs - performance.now(); leftMs > 0 && isOn(); leftMs = dueMs - performance.now()) {
    await pause(Math.min(LOOK_MS, leftMs));
  }
}

function delayOf(fault: Fault): number {
  if (typeof fault !== 'object' || !('delayMs' in fault)) return 0;
  const [least, most] = fault.delayMs;
  return least + Math.random() * (most - least);
}

function dripEveryMs(fault: Fault): number {
  return typeof fault === 'object' && 'dripEveryMs' in fault ? fault.dripEveryMs : 0;
}

async function drip(chunk: Buffer, near: Socket, faultNow: () => Fault): Promise<void> {
  for (let at = 0; at < chunk.length && !near.destroyed; at += 1) {
    const everyMs = dripEveryMs(faultNow());
    if (everyMs === 0) return void near.write(chunk.subarray(at));
    near.write(chunk.subarray(at, at + 1));
    await until(performance.now() + everyMs, () => dripEveryMs(faultNow()) > 0);
  }
}
