import { EXT_AUTHZ, EXT_PROC } from './filter-names.ts';
import type { RemarkedMap } from './remarked.ts';

/** What an agent reads when Envoy itself answers: a JSON-RPC error that says where it is from. */
const TEXT =
  '{"jsonrpc":"2.0","error":{"code":-31%RESPONSE_CODE%,"message":"The request was not served: Envoy answered %RESPONSE_CODE%. On 503 retry later.","data":{"reason":"envoy.%RESPONSE_CODE%"}}}\n';

/** Gives Envoy's own replies a body that a client of MCP can read. */
export function localReplies(): RemarkedMap {
  return {
    mappers: [
      {
        filter: {
          and_filter: {
            filters: [
              {
                status_code_filter: {
                  comparison: { op: 'GE', value: { default_value: 400, runtime_key: 'sallyport.local_reply' } },
                },
              },
              unlessRefused(EXT_AUTHZ),
              unlessRefused(EXT_PROC),
            ],
          },
        },
        headers_to_add: [
          {
            header: { key: 'cache-control', value: 'no-store' },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
          },
        ],
        body_format_override: { content_type: 'application/json', text_format_source: { inline_string: TEXT } },
      },
    ],
  };
}

/** Matches where Sallyport said nothing in this filter's place, or allowed. (`invert` is not looked at here.) */
function unlessRefused(filter: string): RemarkedMap {
  return {
    metadata_filter: {
      matcher: { filter, path: [{ key: 'verdict' }], value: { string_match: { exact: 'allowed' } } },
      match_if_key_not_found: true,
    },
  };
}
