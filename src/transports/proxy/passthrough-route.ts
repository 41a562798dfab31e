import type { PassthroughConfig } from './config.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';

/** The route as the door serves it. No `hosts` means the loopback names. */
export function passthroughRouteOf(name: string, written: PassthroughConfig): PassthroughRoute {
  return {
    name,
    prefix: written.route,
    upstream: new URL(written.upstream),
    identity: written.identity,
    resource: written.resource,
    hosts: written.hosts.length === 0 ? undefined : new Set(written.hosts),
    origins: new Set(written.origins),
    maxBodyBytes: written.max_body_bytes,
    forwardHeaders: new Set(written.pass_headers),
  };
}
