import type { OrderActionData } from '../record-shape.ts';
import type { OrderState, Told } from './recorded-state.ts';

/** What operators ordered, and what of it was in force at a time. */
export class OrdersTally {
  readonly #stops = new Map<string, OrderState>();
  readonly #limits = new Map<string, OrderState>();
  readonly #logLevels = new Map<string, OrderState>();
  #bundle: OrderState | undefined;

  add({ action, ...order }: OrderActionData, told: Told): void {
    const { id = '', name = '' } = order;
    const { was: _was, ...kept } = order;
    const state: OrderState = { ...told, ...kept };
    switch (action) {
      case 'stop.set':
        return void this.#stops.set(id, state);
      case 'stop.lift':
        return void this.#stops.delete(id);
      case 'limit.set':
        return void this.#limits.set(name, state);
      case 'limit.reset':
        return void this.#limits.delete(name);
      case 'log-level.set':
        return void this.#logLevels.set(name, state);
      case 'policy-bundle.set':
        this.#bundle = state;
        return;
      default:
      // Whatever else is ordered leaves nothing in force.
    }
  }

  get bundle(): OrderState | undefined {
    return this.#bundle;
  }

  /** What was in force at `time`, RFC 3339. */
  at(time: string): Readonly<Record<'stops' | 'limit_orders' | 'log_levels', readonly OrderState[]>> {
    const inForce = (orders: ReadonlyMap<string, OrderState>): readonly OrderState[] =>
      [...orders.values()].filter(({ until }) => until === undefined || Date.parse(until) > Date.parse(time));
    return { stops: inForce(this.#stops), limit_orders: inForce(this.#limits), log_levels: inForce(this.#logLevels) };
  }
}
