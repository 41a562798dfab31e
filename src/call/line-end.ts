/** Bytes looked at one by one before the native search: lines are short, and a native call costs as much as many bytes. */
const NEAR = 48;
const LF = 0x0a;
const CR = 0x0d;

/** Where the first LF or CR stands in `bytes` from `from` on and before `to`, or -1. */
export function lineEnd(bytes: Buffer, from: number, to: number): number {
  const near = Math.min(from + NEAR, to);
  for (let at = from; at < near; at += 1) {
    const byte = bytes[at];
    if (byte === LF || byte === CR) return at;
  }
  return near === to ? -1 : farLineEnd(bytes, near, to);
}

function farLineEnd(bytes: Buffer, from: number, to: number): number {
  const rest = bytes.subarray(from, to);
  const lf = rest.indexOf(LF);
  const cr = (lf === -1 ? rest : rest.subarray(0, lf)).indexOf(CR);
  const found = cr === -1 ? lf : cr;
  return found === -1 ? -1 : from + found;
}
