/** What a model is asked for, as `gen_ai.operation.name` says it. */
export type ModelOperation = 'chat' | 'embeddings' | 'text_completion' | '_other';

/** Ends of paths in the APIs of models. The first that fits counts. */
const OPERATIONS: readonly (readonly [end: string, operation: ModelOperation])[] = [
  ['/chat/completions', 'chat'],
  ['/responses', 'chat'],
  ['/messages', 'chat'],
  ['/embeddings', 'embeddings'],
  ['/completions', 'text_completion'],
];

/** What is asked for at a path of such an API, without its query. */
export function modelOperation(path: string): ModelOperation {
  return OPERATIONS.find(([end]) => path.endsWith(end))?.[1] ?? '_other';
}
