/** Tokens that the reply of a model says were used. Each once: what came from a cache is no `input`. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}
