import { hash } from 'node:crypto';

/** What is used of a Redis client: ioredis stand-alone, by Sentinel or as a Cluster. */
export interface ScriptClient {
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: (string | Buffer)[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: (string | Buffer)[]): Promise<unknown>;
}

/** A script in Lua, and the name by which Redis knows it. */
export class Script {
  readonly text: string;
  /** SHA-1 of the text (EVALSHA). */
  readonly sha1: string;

  constructor(text: string) {
    this.text = text;
    this.sha1 = hash('sha1', text, 'hex');
  }

  /**
   * Runs it in one round trip. Redis forgets scripts when it restarts, and a new master has never seen them: then it is sent
   * whole. It did not run before.
   */
  async run(client: ScriptClient, keys: readonly string[], rest: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.sha1, keys.length, ...keys, ...rest);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await client.eval(this.text, keys.length, ...keys, ...rest);
    }
  }
}
