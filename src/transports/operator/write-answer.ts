import { isReady, type OperatorStatus } from './status.ts';

/** An answer of the operator surface. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface AnswerSources {
  readonly status: () => OperatorStatus;
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
}

/** Answers one request. Only GET and HEAD of the three paths are known. */
export async function answer(method: string, path: string, { status, metrics }: AnswerSources): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET and HEAD are served here\n');
  switch (path) {
    case '/livez':
      return text(200, 'ok\n');
    case '/readyz':
      return readiness(status());
    case '/metrics':
      return { status: 200, contentType: metrics.contentType, body: await metrics.render() };
    default:
      return text(404, 'not found: /livez, /readyz and /metrics are served here\n');
  }
}

function readiness(status: OperatorStatus): Answer {
  const ready = isReady(status);
  const body = `${JSON.stringify({ ready, ...status }, undefined, 2)}\n`;
  return { status: ready ? 200 : 503, contentType: 'application/json', body };
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}
