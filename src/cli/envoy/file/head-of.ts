import type { EnvoyPlan } from './envoy-plan.ts';

/** The first remark of a file. */
export function headOf({ wiring, servers, transparent }: EnvoyPlan): string {
  const what = servers.length === 1 ? 'one MCP server' : `${servers.length} MCP servers`;
  const how = transparent ? ', for connections that are redirected' : '';
  return [
    `Envoy 1.40 in front of ${what}, asking Sallyport about every request: the wiring "${wiring}"${how} (docs/guides/envoy.md).`,
    '',
    'Written by sallyport envoy render. Write it anew when sallyport.yaml changes what is in here: servers, routes, upstreams, limits, the deadline. What a remark calls needed must stay; sallyport envoy lint looks for it.',
  ].join('\n');
}
