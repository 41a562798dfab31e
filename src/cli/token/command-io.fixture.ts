import type { CommandIo } from '../command-io.ts';

/** Surroundings that keep what a command says. */
export function listeningIo(): CommandIo & { readonly printed: string[]; readonly complaints: string[] } {
  const printed: string[] = [];
  const complaints: string[] = [];
  return {
    printed,
    complaints,
    print: (line) => void printed.push(line),
    complain: (line) => void complaints.push(line),
    env: {},
  };
}
