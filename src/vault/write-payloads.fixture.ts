import { payload, FIRST_KEK } from './vault.fixture.ts';
import { vaultPlaces } from './vault-places.ts';
import { VaultWriter } from './vault-writer.ts';

/* Writes payloads into the vault of the state directory that is named, and says which are written, until it is killed. */
const writer = new VaultWriter({
  places: vaultPlaces(process.argv[2] ?? ''),
  keks: [FIRST_KEK],
  segmentBytes: 64 * 1024,
  segmentPayloads: 50,
  segmentAgeMs: 86_400_000,
  subjectKeyDays: 30,
  maxKeyUses: 1_000_000,
  nowMs: () => Date.now(),
});
let count = 0;
function writeSome(): void {
  const texts = Array.from({ length: 5 }, () => `payload ${(count += 1)}`);
  writer.write(texts.map((text) => payload(text)));
  process.stdout.write(`${texts.join('\n')}\n`);
  setImmediate(writeSome);
}
writeSome();
