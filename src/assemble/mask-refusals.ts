import type { Call } from '../call/call.ts';
import type { FieldClasses, MaskedClass } from '../call/field-classes.ts';
import type { Found, RefusalDetail } from '../decision/verdict.ts';

/**
 * What a check answered, without values that must not be shown: neither to the caller, whose own log and model see it, nor in
 * records, logs and spans. What the check found passes as it is.
 *
 * @throws an error without the text of the one that `check` threw, where that could quote an argument.
 */
export function maskRefusals<T>({ args, classes }: Pick<Call, 'args' | 'classes'>, check: () => Found<T>): Found<T> {
  if (classes === undefined) return check();
  try {
    const answer = check();
    return answer.kind === 'found' ? answer : masked(answer, classes, classes.isAmong(args));
  } catch (cause) {
    if (!classes.isAmong(args)) throw cause;
    throw withheld(cause);
  }
}

type Refused = Exclude<Found<never>, { readonly kind: 'found' }>;

function masked(refused: Refused, classes: FieldClasses, isAmong: boolean): Refused {
  const { operatorDetail: told, ...rest } = refused;
  const operatorDetail =
    told !== undefined && isAmong && refused.kind === 'fault' ? `${ruleIn(told)}${WITHHELD}` : told;
  return {
    ...rest,
    detail: maskedDetail(refused.detail, classes),
    ...(operatorDetail === undefined ? {} : { operatorDetail }),
  };
}

const WITHHELD = 'What went wrong is not told, because arguments of the call are secret or personal.';

/** The rule that failed is the operator's own text. */
function ruleIn(detail: string): string {
  return /^rule [A-Za-z0-9._-]{1,128}: /.exec(detail)?.[0] ?? '';
}

function maskedDetail(detail: RefusalDetail, classes: FieldClasses): RefusalDetail {
  const { argument: pointer, allowed: _allowed, message: _message, ...rest } = detail;
  if (pointer === undefined) return detail;
  const found = classes.classAt(pointer);
  // What is asked of the arguments as a whole names members, no values.
  if (found === undefined || pointer === '') return detail;
  const argument = classes.shown(pointer);
  return { ...rest, argument, message: SAYS[found](argument) };
}

const SAYS: Readonly<Record<MaskedClass, (pointer: string) => string>> = {
  secret: (pointer) => `The argument ${pointer} is not accepted. It is secret, so it is not told why.`,
  pii: (pointer) => `The argument ${pointer} is not accepted. It is personal, so it is not told why.`,
};

/** Only what kind of error it was. */
function withheld(cause: unknown): Error {
  const error = new Error(WITHHELD);
  error.name = cause instanceof Error ? cause.constructor.name : 'Error';
  error.stack = `${error.name}: ${WITHHELD}`;
  return error;
}
