import type { ReasonCode } from '../../call/reason.ts';
import { type HeaderList, headerValues } from '../../call/received.ts';

/** The family of header fields in which a proxy tells of the request it asks about. */
export type OriginalFields = 'x_original' | 'x_forwarded';

/** One question: the request of an agent, as the proxy in front received it. */
export interface Question {
  readonly kind: 'question';
  /** From the path of the question, which the proxy's configuration names: nothing that an agent sends changes it. */
  readonly server: string;
  readonly method: string;
  /** As the agent sent it, undecoded. */
  readonly path: string;
  /** Without the fields of the question, `host` in front. */
  readonly headers: HeaderList;
  /** `shown`: the body of the question is the whole body of the request. */
  readonly body: 'shown' | 'withheld';
}

/** A question that tells of no request, or of more than one. */
export interface Misasked {
  readonly kind: 'misasked';
  readonly reason: ReasonCode;
  /** What the operator should mend. */
  readonly operatorDetail: string;
}

/** A question as it came. */
export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
}

const TARGET = /^\/check\/([a-z][a-z0-9_-]{0,62})$/;
/** Says that the body of the question is the whole body of the request. */
const BODY = 'sallyport-body';

const FIELDS: Readonly<Record<OriginalFields, Readonly<Record<'method' | 'uri' | 'host', string>>>> = {
  x_original: { method: 'x-original-method', uri: 'x-original-uri', host: 'x-original-host' },
  x_forwarded: { method: 'x-forwarded-method', uri: 'x-forwarded-uri', host: 'x-forwarded-host' },
};

/** Fields of the question's own message, not of the request it is about. */
const OWN: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  ...Object.values(FIELDS).flatMap((fields) => Object.values(fields)),
  BODY,
]);

/**
 * Reads which request is asked about. GET asks without its body; POST with `sallyport-body: whole` shows all of it.
 *
 * Each field must be there exactly once: the proxy puts its own in place of what an agent sent. A field that a server might
 * take for one of them (`x_original_uri`) is refused, whoever sent it.
 */
export function readQuestion({ method, target, headers }: Asked, original: OriginalFields): Question | Misasked {
  const server = TARGET.exec(target)?.[1];
  if (server === undefined) return misasked('ask at /check/ and the name of a server');
  if (headers.some(([name]) => name.includes('_') && OWN.has(name.replaceAll('_', '-')))) {
    return misasked('a header field that differs from one of the question by _', 'http.header-invalid');
  }
  const names = FIELDS[original];
  const [asked, path, host] = [names.method, names.uri, names.host].map((name) => onlyValue(headers, name));
  if (!isMethod(asked) || path === undefined || host === undefined) {
    return misasked(`set ${names.method}, ${names.uri} and ${names.host}, each once`);
  }
  const body = bodyOf(method, headerValues(headers, BODY));
  if (typeof body === 'object') return body;
  const rest = headers.filter(([name]) => !OWN.has(name));
  return { kind: 'question', server, method: asked, path, headers: [['host', host], ...rest], body };
}

function onlyValue(headers: HeaderList, name: string): string | undefined {
  const values = headerValues(headers, name);
  return values.length === 1 ? values[0] : undefined;
}

function isMethod(method: string | undefined): method is string {
  return method !== undefined && /^[A-Z]{1,32}$/.test(method);
}

/** Nobody who passes on an agent's header by mistake shows a body, and who shows one says so. */
function bodyOf(method: string, declared: readonly string[]): Question['body'] | Misasked {
  const [value] = declared;
  if (method === 'GET') return value === undefined ? 'withheld' : misasked(`remove ${BODY} where no body is shown`);
  if (method !== 'POST') return misasked('ask with GET, or with POST to show the body');
  return declared.length === 1 && value === 'whole' ? 'shown' : misasked(`say ${BODY}: whole, and show all of it`);
}

function misasked(operatorDetail: string, reason: ReasonCode = 'fault.internal'): Misasked {
  return { kind: 'misasked', reason, operatorDetail };
}
