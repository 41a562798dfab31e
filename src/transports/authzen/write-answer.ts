import type { HeaderList } from '../../call/received.ts';
import type { Reply } from '../refusal/reply.ts';

/** An answer that is JSON. */
export function jsonReply(status: number, value: unknown, headers: HeaderList = []): Reply {
  return {
    status,
    headers: [['content-type', 'application/json'], ['cache-control', 'no-store'], ...headers],
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An error about the whole request (AuthZEN §10.1.2): its body is a message. It says nothing of what would be decided. */
export function errorReply(status: number, message: string, headers: HeaderList = []): Reply {
  return jsonReply(status, message, headers);
}

/** The metadata of this decision point (AuthZEN §9.1). */
export function metadataReply(url: string): Reply {
  const reply = jsonReply(200, {
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${url}/access/v1/evaluations`,
  });
  return {
    ...reply,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'max-age=60'],
    ],
  };
}
