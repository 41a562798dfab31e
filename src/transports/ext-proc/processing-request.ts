import type { HeaderList } from '../../call/received.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { BodyMode } from './mode-override.ts';

/** The fields of `envoy.service.ext_proc.v3.ProcessingRequest` that are in use; proto/envoy/service/ext_proc/v3 has their meaning. */
export interface ProcessingRequest {
  readonly kind: 'processing';
  readonly message: ProcessingMessage;
  /** `filter_metadata` by namespace: what the filters before this one said. */
  readonly metadata: ReadonlyMap<string, JsonObject>;
  /** By filter name, `envoy.filters.http.ext_proc` for ours: what Envoy itself knows of the exchange. */
  readonly attributes: ReadonlyMap<string, JsonObject>;
  /** Envoy does not wait for an answer and heeds none: nothing can be enforced. */
  readonly observabilityMode: boolean;
  /** As Envoy is configured; in the first message of a stream only. */
  readonly protocol: ProtocolConfig | undefined;
}

/** What one message is about. All but `nothing` get exactly one answer of the same name. */
export type ProcessingMessage =
  | {
      readonly kind: 'request-headers' | 'response-headers';
      /** In order, names in lower case, pseudo headers included, each value a Latin-1 view of its bytes. */
      readonly headers: HeaderList;
      /** No body follows. */
      readonly endOfStream: boolean;
    }
  | {
      readonly kind: 'request-body' | 'response-body';
      /** A view of the message. */
      readonly body: Uint8Array;
      readonly endOfStream: boolean;
    }
  | { readonly kind: 'request-trailers' | 'response-trailers' }
  /** Window updates and the like: not answered. */
  | { readonly kind: 'nothing' };

export interface ProtocolConfig {
  readonly requestBodyMode: BodyMode;
  readonly responseBodyMode: BodyMode;
  /** Envoy sends the body without waiting for the reply to the headers, and then heeds no `ModeOverride`. */
  readonly bodyBeforeHeadersReply: boolean;
}

/** The bytes are no ProcessingRequest that every parser reads alike. */
export interface ProcessingRefused {
  readonly kind: 'refused';
  /** For the record; says nothing of the content. */
  readonly why: string;
}
