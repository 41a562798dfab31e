import type { Carrier } from './carrier.ts';

/** Sallyport's own proxy: agents connect to `sallyport serve`, and there is nothing else. */
export const proxyCarrier: Carrier = {
  title: 'Through the built-in proxy',
  listener: (address) => `bind: "${address}"`,
  start: async () => ({ [Symbol.asyncDispose]: async () => {} }),
};
