import type { Command } from 'commander';
import { boundText } from '../../kit/bound-text.ts';
import { archivedVault } from '../../vault/archive-vault.ts';
import { payloadTexts } from '../../vault/payload-texts.ts';
import { readVault, type VaultReading } from '../../vault/read-vault.ts';
import { VaultKeys } from '../../vault/vault-keys.ts';
import { archiveOf } from '../audit/where.ts';
import { escapeJsonText } from '../audit/escape-json-text.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import { type VaultFlags, withConfig } from './vault-flags.ts';
import { vaultProject } from './vault-project.ts';

interface ShowFlags extends VaultFlags {
  readonly archive?: string;
}

type Shown = Extract<VaultReading, { kind: 'payload' | 'locked' }>;

/** `sallyport vault show`. */
export function vaultShowCommand(command: Command, io: CommandIo): void {
  withConfig(command.command('show'))
    .description(
      'show the arguments and the reply of a decision; exit code 1 when they are not there, or cannot be read',
    )
    .argument('<decision-id>', 'the id that the record has')
    .option('--archive <path>', 'the archive of `audit retention`, which is looked through as well')
    .option('--json', 'one JSON document; bytes that are no JSON are given as text')
    .action(async (decisionId: string, flags: ShowFlags) => {
      process.exitCode = await show(decisionId, flags, io);
    });
}

async function show(decisionId: string, flags: ShowFlags, io: CommandIo): Promise<number> {
  const { places, keks } = await vaultProject(flags.config);
  const archive = archiveOf(flags);
  const keys = new VaultKeys(places, keks());
  const found: Shown[] = [];
  for (const directory of [places.directory, ...(archive === undefined ? [] : [archivedVault(archive)])]) {
    for await (const reading of readVault(directory, keys)) {
      const isPayload = reading.kind === 'payload' || reading.kind === 'locked';
      if (isPayload && reading.head.decision_id === decisionId) found.push(reading);
    }
  }
  if (flags.json === true) io.print(escapeJsonText(JSON.stringify(found.map(asJson))));
  else for (const one of found) printPayload(one, io);
  if (found.length === 0) io.complain(`nothing is kept of ${boundText(decisionId, 100)}.`);
  return found.length > 0 && found.every(({ kind }) => kind === 'payload') ? EXIT.ok : EXIT.negative;
}

function printPayload(shown: Shown, io: CommandIo): void {
  const { head } = shown;
  const parts = [head.kind, boundText(head.server, 100), boundText(head.tool, 100), head.time, `${head.bytes} bytes`];
  if (shown.kind === 'locked') return io.print(`${parts.join(' ')}: ${lockedText(shown.why)}`);
  io.print(`${parts.join(' ')}${head.omitted ? ', without what is never kept' : ''}`);
  if (head.kept === 'too_long') io.print('    (too long: only its digest is kept)');
  for (const text of payloadTexts(head, shown.bytes)) io.print(`    ${escapeJsonText(text)}`);
}

function lockedText(why: Extract<Shown, { kind: 'locked' }>['why']): string {
  switch (why) {
    case 'shredded':
      return 'the keys of its subject were deleted';
    case 'no-kek':
      return 'what its key is wrapped with is neither key nor in old_keys';
    default:
      return 'its key is not there';
  }
}

function asJson(shown: Shown): object {
  if (shown.kind === 'locked') return { ...shown.head, locked: shown.why };
  const isWhole = shown.head.kept === 'whole';
  return {
    ...shown.head,
    commitment: shown.commitment,
    ...(isWhole ? { content: payloadTexts(shown.head, shown.bytes).map(parsed) } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
