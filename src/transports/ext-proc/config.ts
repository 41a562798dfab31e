import { z } from 'zod';
import { envoyListenerFields } from '../envoy/listener-fields.ts';

/** A listener that decides on the request and judges the reply in one stream of Envoy's (`envoy.service.ext_proc.v3`). */
export const extProcListenerSchema = z.strictObject({
  door: z.literal('ext_proc').describe('Envoy shows each request and its reply here, in one stream.'),
  ...envoyListenerFields,
});
export type ExtProcListenerConfig = z.output<typeof extProcListenerSchema>;
