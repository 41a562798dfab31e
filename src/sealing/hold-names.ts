import type { Sealer } from './seal.ts';

/** Names of open exchanges as Envoy carries them from one filter to the next: nobody else can make one. */
interface HoldNames {
  /** Visible ASCII. */
  seal(decisionId: string): string;
  /** The decision id; `undefined` when it was not sealed here for this listener. Total. */
  open(hold: string): string | undefined;
}

/** Names that are good for one listener. */
export function createHoldNames(sealer: Sealer, listener: string): HoldNames {
  return {
    seal: (decisionId) => sealer.seal('hold', listener, decisionId),
    open(hold) {
      const opened = sealer.open('hold', listener, hold);
      return opened.kind === 'opened' ? opened.value : undefined;
    },
  };
}
