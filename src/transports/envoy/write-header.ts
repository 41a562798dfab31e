import type { HeaderList } from '../../call/received.ts';
import type { ProtobufWriter } from '../grpc/protobuf-writer.ts';
import { isEnvoyOwned } from './envoy-owned.ts';

/** `HeaderValueOption.append_action`: what Envoy does with a header that is there already. */
const APPEND_IF_EXISTS_OR_ADD = 0;
export const OVERWRITE_IF_EXISTS_OR_ADD = 2;

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Visible characters and what is between them (RFC 9110 §5.5), empty left out: Envoy has more than one reading of that. */
const HEADER_VALUE = /^[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?$/;

/** `name`, when it is one that we may set or remove. @throws RangeError when it is not, or is Envoy's. */
export function checkHeaderName(name: string): string {
  if (!HEADER_NAME.test(name) || isEnvoyOwned(name)) throw new RangeError('name of a header that may not be set');
  return name;
}

/**
 * Writes `headers` as `envoy.config.core.v3.HeaderValueOption`s in `field`, values as `raw_value`: ext_proc takes nothing else.
 * The first of a name replaces what is there, the others follow it.
 *
 * @throws RangeError when a name is none that may be set, or a value none that can be sent.
 */
export function writeRawHeaders(writer: ProtobufWriter, field: number, headers: HeaderList): void {
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    if (!HEADER_VALUE.test(value)) throw new RangeError(`value of the header ${checkHeaderName(name)}`);
    writeOption(writer, field, [checkHeaderName(name), value], seen.has(name));
    seen.add(name);
  }
}

/** The same for the one header of Envoy's that a changed body needs: its length. */
export function writeContentLength(writer: ProtobufWriter, field: number, length: number): void {
  writeOption(writer, field, ['content-length', String(length)], false);
}

function writeOption(writer: ProtobufWriter, field: number, [name, value]: HeaderList[number], append: boolean): void {
  writer.message(field, () => {
    writer.message(1, () => {
      writer.string(1, name);
      writer.bytes(3, Buffer.from(value, 'latin1'));
    });
    // ext_proc of Envoy 1.40 heeds the deprecated `append` alone; later versions may heed what replaced it.
    if (append) writer.message(2, () => writer.varint(1, 1));
    writer.varint(3, append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD);
  });
}
