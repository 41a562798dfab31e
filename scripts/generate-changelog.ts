/**
 * Renders the changeset fragments of `.changeset/` as the Unreleased section of CHANGELOG.md, in the form of Keep a Changelog.
 * Released sections stay as they are. `--check` writes nothing and exits 1 when the file is not up to date.
 *
 * A fragment's text begins with its category: `Added: …`, `Changed: …`, `Deprecated: …`, `Removed: …`, `Fixed: …`, `Security: …`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const file = join(root, 'CHANGELOG.md');
const CATEGORIES = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const;
const HEAD = `# Changelog

All notable changes, in the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Versions follow
[Semantic Versioning](https://semver.org/). Rendered from the fragments in \`.changeset/\`.
`;

interface Fragment {
  readonly category: string;
  readonly text: string;
}

function readFragment(name: string): Fragment {
  const body = readFileSync(join(root, '.changeset', name), 'utf8')
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .trim();
  const [, category = '', text = ''] = /^(\w+): ([\s\S]+)$/.exec(body) ?? [];
  if (!CATEGORIES.some((known) => known === category)) {
    throw new Error(`.changeset/${name}: must begin with one of ${CATEGORIES.join(', ')} and a colon`);
  }
  return { category, text: text.charAt(0).toUpperCase() + text.slice(1) };
}

function unreleased(fragments: readonly Fragment[]): string {
  const sections = CATEGORIES.flatMap((category) => {
    const items = fragments.filter((fragment) => fragment.category === category);
    if (items.length === 0) return [];
    return [`### ${category}\n\n${items.map(({ text }) => `- ${text.replaceAll('\n', '\n  ')}`).join('\n')}\n`];
  });
  return `## [Unreleased]\n\n${sections.join('\n')}`;
}

/** What stands in the file behind the Unreleased section. */
function released(): string {
  try {
    const text = readFileSync(file, 'utf8');
    const at = text.search(/^## \[\d/m);
    return at === -1 ? '' : `\n${text.slice(at)}`;
  } catch {
    return '';
  }
}

const names = readdirSync(join(root, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md');
const text = `${HEAD}\n${unreleased(names.toSorted().map(readFragment))}${released()}`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('CHANGELOG.md is not what .changeset/ says; run: node scripts/generate-changelog.ts');
  process.exitCode = 1;
}
