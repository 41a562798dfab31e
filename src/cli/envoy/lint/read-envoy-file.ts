import { readFile, stat } from 'node:fs/promises';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { problemOfFile, ProblemsError } from '../../../kit/problem.ts';
import { whyUnreadable } from '../../../kit/why-unreadable.ts';
import { Place } from './place.ts';

/** Largest file that is read, bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The configuration in a YAML or JSON file. @throws ProblemsError when there is none that can be read. */
export async function readEnvoyFile(file: string): Promise<Place> {
  return readEnvoyText(file, await textOf(file));
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new ProblemsError([problemOfFile(file, `is larger than ${MAX_BYTES} bytes.`)]);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof ProblemsError) throw cause;
    throw new ProblemsError([problemOfFile(file, `${file} ${whyUnreadable(cause)}`)]);
  }
}

/** The configuration in a text. @throws ProblemsError with the place of what is no YAML. */
export function readEnvoyText(file: string, text: string): Place {
  const lines = new LineCounter();
  const yaml = parsed(file, text, lines);
  const failure = yaml.errors[0];
  if (failure !== undefined) {
    const { line, col } = lines.linePos(failure.pos[0]);
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
    throw new ProblemsError([{ file, ...place, field: '', message: failure.message, severity: 'error' }]);
  }
  if (!isMap(yaml.contents)) throw new ProblemsError([problemOfFile(file, 'this is no configuration of Envoy.')]);
  return Place.root({ yaml, lines });
}

function parsed(file: string, text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false, intAsBigInt: false });
  } catch (cause) {
    // Values within values, thousands of times: the parser's stack ends.
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemsError([problemOfFile(file, 'this is nested too deeply.')]);
  }
}
