/** Longest expression, in UTF-16 code units. */
export const MAX_SOURCE_LENGTH = 8_192;
/** Most nodes of an expression. */
export const MAX_NODES = 2_000;
/** Deepest nesting of an expression. */
export const MAX_DEPTH = 100;
/** Deepest nesting of `all`, `exists`, `exists_one`, `map` and `filter`. */
export const MAX_LOOP_NESTING = 2;
/** Items that a loop runs over at most where the schema gives no `maxItems`; more is an error when it is evaluated. */
export const DEFAULT_MAX_ITEMS = 128;
/** Characters of a string inside a loop where the schema gives no `maxLength`; more is an error when it is evaluated. */
export const DEFAULT_MAX_LENGTH = 1_024;
/** Most an expression may cost, in units of about 50 ns (the unit of Kubernetes): 10 ms. */
export const MAX_COST = 200_000;
