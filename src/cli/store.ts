import { Command } from 'commander';
import { closeRedis, connectRedis, redisReady } from '../assemble/connect-redis.ts';
import { member } from '../config/member.ts';
import { readOutline } from '../config/outline.ts';
import { messageOf } from '../kit/cause.ts';
import { ProblemsError } from '../kit/problem.ts';
import { withinTime } from '../kit/within-time.ts';
import { type RedisStoreConfig, storeSchema } from '../stores/redis/config.ts';
import { beginEpochs, epochKeys } from '../stores/redis/epoch.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

export interface StoreOptions {
  readonly config: string;
}

/** Longest time to wait for a connection. */
const CONNECT_MS = 3000;

/** `sallyport store`: the store that instances share. */
export function storeCommand(): Command {
  const command = new Command('store').description('the store that instances share');
  command
    .command('init')
    .description('make it ready to count budgets; once, and again when it lost its data')
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
    .action(async (options: StoreOptions) => void (process.exitCode = await runInit(options, processIo)));
  return command;
}

/** Makes the store of a configuration ready. @returns the exit code: 0, or 2 when it cannot be had. */
export async function runInit({ config: path }: StoreOptions, io: CommandIo): Promise<number> {
  return await guarded(io, async () => {
    const { config, pathOf } = await readOutline(path, () => false);
    const store = storeSchema.safeParse(member(config, 'store'));
    if (!store.success) throw new CommandError('the section store is wrong: sallyport check says what.');
    if (store.data.kind === 'memory')
      io.print('Each process counts in its own memory: there is nothing to make ready.');
    else io.print(await begin(store.data, pathOf));
    return EXIT.ok;
  }, [ProblemsError, CommandError]);
}

async function begin(config: RedisStoreConfig, pathOf: (path: string) => string): Promise<string> {
  let last: unknown;
  const client = await connectRedis({ config, pathOf, onError: (cause) => void (last = cause) }).catch(
    (cause: unknown) => {
      throw new CommandError(messageOf(cause));
    },
  );
  try {
    await withinTime(redisReady(client), CONNECT_MS);
    if (client.status !== 'ready') throw new Error(`no connection within ${CONNECT_MS} ms`);
    const { made, of } = await beginEpochs(client, epochKeys(config.key_prefix, config.cluster !== undefined));
    if (made === 0) return 'The store was ready before. Nothing was changed.';
    return made === of ? 'The store is ready.' : `The store is ready: ${made} of ${of} slots were made so now.`;
  } catch (cause) {
    throw new CommandError(`Redis cannot be had: ${messageOf(last ?? cause)}.`);
  } finally {
    await closeRedis(client, config.timeout_ms);
  }
}
