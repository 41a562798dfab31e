/** What one round of calls consists of. */
export interface Workload {
  readonly name: 'allow' | 'deny' | 'large' | 'fresh' | 'list';
  /** How it is called in results. */
  readonly title: string;
  /** One call in so many brings a token that was not seen before; 0: all bring the same. */
  readonly freshEvery: number;
}

/** All of them; the first is the one that the others are compared with. */
export const WORKLOADS: readonly Workload[] = [
  { name: 'allow', title: '1 KB call, allowed', freshEvery: 0 },
  { name: 'deny', title: '1 KB call, refused', freshEvery: 0 },
  { name: 'large', title: '16 KB call, allowed', freshEvery: 0 },
  { name: 'fresh', title: '1 KB call, 5 % new tokens', freshEvery: 20 },
  { name: 'list', title: 'list of 200 tools, judged', freshEvery: 0 },
];

/** The request that a workload sends. */
export function bodyOf(name: Workload['name']): 'allow' | 'deny' | 'large' | 'list' {
  return name === 'fresh' ? 'allow' : name;
}
