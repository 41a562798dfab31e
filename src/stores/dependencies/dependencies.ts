import CircuitBreaker from 'opossum';

export interface DependenciesOptions {
  /** Failures within `windowMs` after which nobody asks, when they are half of all questions or more. */
  readonly minimumFailures: number;
  readonly windowMs: number;
  /** Time after which one question tries again, milliseconds. */
  readonly waitMs: number;
  /** Told when a dependency is asked no more, is tried, and answers again. */
  readonly onChange: (name: string, state: 'open' | 'half_open' | 'closed') => void;
}

type Question = () => Promise<unknown>;

/** Dependencies that are known at once; one that was not asked for longest goes. */
const CAPACITY = 100;

/**
 * Circuit breakers around what this service itself depends on, such as the key sets of identity providers: while one fails, whoever
 * needs it is told at once instead of after its timeout, and it is left alone to recover.
 *
 * By opossum. Every question must come to an end by itself: it is not cut off here, and a trial that never ends would refuse all
 * others. A trial that was begun before it opened and succeeds late closes it, which here is as good as any other answer.
 */
export class Dependencies implements Disposable {
  readonly #options: DependenciesOptions;
  readonly #breakers = new Map<string, CircuitBreaker<[Question]>>();

  constructor(options: DependenciesOptions) {
    this.#options = options;
  }

  /** Names of those that are not asked now. */
  get open(): readonly string[] {
    return [...this.#breakers].filter(([, breaker]) => breaker.opened).map(([name]) => name);
  }

  /**
   * Asks `question` of the dependency `name`, unless it fails just now.
   *
   * @throws what the question throws, and an error of its own while nobody asks.
   */
  async ask<T>(name: string, question: () => Promise<T>): Promise<T> {
    let answer: { readonly value: T } | undefined;
    await this.#breakerOf(name).fire(async () => void (answer = { value: await question() }));
    if (answer === undefined) throw new Error(`${name} gave no answer`);
    return answer.value;
  }

  [Symbol.dispose](): void {
    for (const breaker of this.#breakers.values()) breaker.shutdown();
    this.#breakers.clear();
  }

  #breakerOf(name: string): CircuitBreaker<[Question]> {
    const known = this.#breakers.get(name);
    const breaker = known ?? this.#make(name);
    this.#breakers.delete(name);
    this.#breakers.set(name, breaker);
    const [oldest] = this.#breakers;
    if (this.#breakers.size > CAPACITY && oldest !== undefined) {
      this.#breakers.delete(oldest[0]);
      oldest[1].shutdown();
    }
    return breaker;
  }

  #make(name: string): CircuitBreaker<[Question]> {
    const { minimumFailures, windowMs, waitMs, onChange } = this.#options;
    const breaker = new CircuitBreaker((question: Question) => question(), {
      name,
      timeout: false,
      errorThresholdPercentage: 50,
      volumeThreshold: minimumFailures,
      rollingCountTimeout: windowMs,
      rollingCountBuckets: 10,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      resetTimeout: waitMs,
    });
    breaker.on('open', () => onChange(name, 'open'));
    breaker.on('halfOpen', () => onChange(name, 'half_open'));
    breaker.on('close', () => onChange(name, 'closed'));
    return breaker;
  }
}
