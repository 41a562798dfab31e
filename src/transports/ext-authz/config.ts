import { z } from 'zod';
import { envoyListenerFields } from '../envoy/listener-fields.ts';

/** A listener that Envoy asks by ext_authz (`envoy.service.auth.v3`) instead of one that agents connect to. */
export const extAuthzListenerSchema = z.strictObject({
  door: z.literal('ext_authz').describe('Envoy asks here about each request before it forwards it.'),
  ...envoyListenerFields,
  replies: z
    .enum(['ext_proc', 'none'])
    .default('ext_proc')
    .describe(
      'ext_proc: what has to be judged or changed comes back here by the ext_proc filter behind the matcher of envoy/authorize.yaml. none: no such filter is there, so what needs one is refused.',
    ),
  outcomes: z
    .enum(['access_log', 'none'])
    .default('access_log')
    .describe(
      'access_log: Envoy sends its access log here, so the record has what became of each call. none: the outcome of what passes unjudged is `unknown` at once.',
    ),
});
export type ExtAuthzListenerConfig = z.output<typeof extAuthzListenerSchema>;
