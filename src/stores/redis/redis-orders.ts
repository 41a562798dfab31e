import type { OrderDocument } from '../orders/order-document.ts';
import { readOrders, writeOrders } from '../orders/order-document.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { ScriptClient } from './script.ts';

/** KEYS: the set. ARGV: the change that is known. Answers the change, and with it the set unless that is the known one. */
const READ_SCRIPT = `
local change = redis.call('HGET', KEYS[1], 'change')
if not change then return {} end
if change == ARGV[1] then return {change} end
return {change, redis.call('HGET', KEYS[1], 'set')}
`;

/** KEYS: the set. ARGV: the change that is to be replaced ('' for none), the new one, the new set, whom to wake: who
 * may not do that changes it all the same. */
const WRITE_SCRIPT = `
if (redis.call('HGET', KEYS[1], 'change') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'change', ARGV[2], 'set', ARGV[3])
redis.pcall('PUBLISH', ARGV[4], ARGV[2])
return 1
`;

/** The channel on which instances hear that the set has changed. It says nothing else: they read it. */
export function ordersChannelOf(prefix: string): string {
  return `${prefix}:orders`;
}

/** What operators ordered, for all instances, in one key of Redis, changed by compare-and-set. */
export class RedisOrders implements OrderStore {
  readonly #client: Pick<ScriptClient, 'eval'>;
  readonly #key: string;
  readonly #channel: string;

  constructor(client: Pick<ScriptClient, 'eval'>, prefix: string) {
    this.#client = client;
    this.#key = `${prefix}:{orders}`;
    this.#channel = ordersChannelOf(prefix);
  }

  async read(known: string): Promise<OrderDocument | 'unchanged' | undefined> {
    const answer = await this.#client.eval(READ_SCRIPT, 1, this.#key, known);
    if (!isTexts(answer)) throw new TypeError('Redis gave an answer that is no set of orders');
    const [change, set] = answer;
    if (change === undefined) return undefined;
    if (set === undefined && change === known) return 'unchanged';
    const document = readOrders(set ?? '');
    if (document.change !== change) throw new TypeError('Redis holds a set of orders that is not whole');
    return { ...document, unsent: [] };
  }

  async write(document: OrderDocument, over: string): Promise<boolean> {
    const text = writeOrders({ ...document, unsent: [] });
    return (await this.#client.eval(WRITE_SCRIPT, 1, this.#key, over, document.change, text, this.#channel)) === 1;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 2 && value.every((one) => typeof one === 'string');
}
