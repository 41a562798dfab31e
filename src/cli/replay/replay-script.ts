import { boundText } from '../../kit/bound-text.ts';
import type { JsonObject } from '../../kit/json.ts';
import { differences } from './differences.ts';
import { type Divergence, MAX_NAME, showDifferences } from './divergence.ts';
import type { ReplayedCall } from './replayed-call.ts';

export interface ReplayScriptOptions {
  /** Calls may come in any order. */
  readonly anyOrder: boolean;
  /** Arguments without what must not be shown. */
  readonly hide: (tool: string, args: JsonObject) => JsonObject;
  /** Told of the first divergence, once. */
  readonly onDivergence: (divergence: Divergence) => void;
}

/** The recorded call that a call is, or how it is none. */
export type Taken =
  | { readonly kind: 'recorded'; readonly call: ReplayedCall }
  | { readonly kind: 'diverged'; readonly divergence: Divergence };

/** Recorded calls, each of which is made once more. A call that is not as recorded uses up none of them. */
export class ReplayScript {
  readonly #options: ReplayScriptOptions;
  readonly #left: ReplayedCall[];
  readonly #count: number;
  #came = 0;
  #first: Divergence | undefined;

  /** @param calls in the order in which they were made. */
  constructor(calls: readonly ReplayedCall[], options: ReplayScriptOptions) {
    this.#options = options;
    this.#left = [...calls];
    this.#count = calls.length;
  }

  /** The first divergence there was. */
  get divergence(): Divergence | undefined {
    return this.#first;
  }

  /** How many recorded calls were not made. */
  get left(): number {
    return this.#left.length;
  }

  /** Finds the recorded call that this is: the next one, or in any order the first that fits. */
  take(tool: string, args: JsonObject): Taken {
    this.#came += 1;
    const among = this.#options.anyOrder ? this.#left : this.#left.slice(0, 1);
    const index = among.findIndex((call) => call.tool === tool && isSame(call, args));
    if (index === -1) return { kind: 'diverged', divergence: this.#note(this.#divergenceOf(tool, args, among)) };
    const [call] = this.#left.splice(index, 1);
    if (call === undefined) throw new Error('a call that was found is there');
    return { kind: 'recorded', call };
  }

  /** The run is over: calls that are left did not come. */
  end(): void {
    const [next] = this.#left;
    if (next === undefined) return;
    const missing = this.#left.length;
    this.#note({ kind: 'missing', call: this.#came + 1, of: this.#count, recorded: nameOf(next), missing });
  }

  #divergenceOf(tool: string, args: JsonObject, among: readonly ReplayedCall[]): Divergence {
    const place = { call: this.#came, of: this.#count, called: { tool: boundText(tool, MAX_NAME) } };
    const sameTool = among.find((call) => call.tool === tool);
    if (sameTool !== undefined) {
      const shown = showDifferences(differences(sameTool.args, this.#options.hide(tool, args)));
      return { kind: 'arguments', ...place, recorded: nameOf(sameTool), ...shown };
    }
    const [next] = this.#options.anyOrder ? [] : among;
    return next === undefined ? { kind: 'more', ...place } : { kind: 'tool', ...place, recorded: nameOf(next) };
  }

  #note(divergence: Divergence): Divergence {
    if (this.#first === undefined) {
      this.#first = divergence;
      this.#options.onDivergence(divergence);
    }
    return divergence;
  }
}

function isSame({ args: known }: ReplayedCall, args: JsonObject): boolean {
  return differences(known, args).next().done === true;
}

function nameOf({ tool, decisionId }: ReplayedCall): NonNullable<Divergence['recorded']> {
  return { tool: boundText(tool, MAX_NAME), decision_id: decisionId };
}
