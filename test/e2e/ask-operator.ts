import { request } from 'node:http';

/** The text that the operator's socket of a running service answers to a GET of `path`. */
export function askOperator(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}
