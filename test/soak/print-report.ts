import { type Claim, megabytes } from './claim.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Claims as a table of Markdown. */
export function printClaims(list: readonly Claim[]): void {
  console.log('| holds | promised | found |\n| --- | --- | --- |');
  for (const { text, holds, found } of list) console.log(`| ${holds ? 'yes' : '**no**'} | ${text} | ${found} |`);
  console.log('');
}

/** Memory as a table of Markdown. */
export function printCheckpoints(list: readonly Checkpoint[]): void {
  console.log('| requests | resident, after a collection | before it | heap | buffers | series | log bytes |');
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const one of list) {
    const memory = [one.rss, one.residentBefore, one.heapUsed, one.external].map(megabytes).join(' | ');
    console.log(`| ${one.requests} | ${memory} | ${one.series.length} | ${one.logBytes} |`);
  }
  console.log('');
}
