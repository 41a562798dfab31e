import type { Problem } from '../kit/problem.ts';
import type { Position, SourcePath, YamlSource } from '../source/yaml-source.ts';

/** Collects what is wrong in policy files, so that one run reports all of it. */
export class Findings {
  readonly #problems: Problem[] = [];

  /** An error at the value under `path`. */
  error(source: YamlSource, path: SourcePath, message: string, suggestion?: string): void {
    this.#problems.push(source.problem(path, message, suggestion));
  }

  /** An error at the key that ends `path`. */
  errorAtKey(source: YamlSource, path: SourcePath, message: string, suggestion?: string): void {
    this.#problems.push({ ...source.problem(path, message, suggestion), ...source.locateKey(path) });
  }

  /** An error at a place inside the value under `path`. */
  errorAt(source: YamlSource, path: SourcePath, position: Position, message: string, suggestion?: string): void {
    this.#problems.push({ ...source.problem(path, message, suggestion), ...position });
  }

  /** Something that can be used and is probably not what was meant. */
  warning(source: YamlSource, path: SourcePath, message: string, suggestion?: string): void {
    this.#problems.push({ ...source.problem(path, message, suggestion), severity: 'warning' });
  }

  /** Takes over problems that somebody else found. */
  add(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  /** How many errors there are so far. */
  get errorCount(): number {
    return this.#problems.filter(({ severity }) => severity === 'error').length;
  }

  /** Every problem once, by file and place. */
  all(): readonly Problem[] {
    const unique = new Map(this.#problems.map((problem) => [JSON.stringify(problem), problem]));
    return [...unique.values()].toSorted(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }
}
