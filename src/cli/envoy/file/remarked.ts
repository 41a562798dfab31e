/**
 * A value of a file that people read: a member `# name` is the remark above the member `name`, and a member `#` the one
 * above the whole. Members that are `undefined` are left out.
 */
export type Remarked = string | number | boolean | undefined | readonly Remarked[] | RemarkedMap;

/** An object of that kind. */
export interface RemarkedMap {
  readonly [name: string]: Remarked;
}

const REMARK = '#';

/** Whether a member is a remark on another. */
export function isRemark(name: string): boolean {
  return name.startsWith(REMARK);
}

/** The remark on the member `name` of `map`, or, for `''`, on the whole of it. */
export function remarkOn(map: RemarkedMap, name: string): string | undefined {
  const remark = map[name === '' ? REMARK : `${REMARK} ${name}`];
  return typeof remark === 'string' ? remark : undefined;
}

/** The members that are there. */
export function membersOf(map: RemarkedMap): readonly (readonly [string, Exclude<Remarked, undefined>])[] {
  return Object.entries(map).flatMap(([name, value]) =>
    value === undefined || isRemark(name) ? [] : [[name, value] as const],
  );
}

export function isMap(value: Remarked): value is RemarkedMap {
  return typeof value === 'object' && !Array.isArray(value);
}
