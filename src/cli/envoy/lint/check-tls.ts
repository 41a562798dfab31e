import { chainsOf, inner, typed, type EnvoyView } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import type { Place } from './place.ts';

const TRUST = ['VERIFY_TRUST_CHAIN', 'ACCEPT_UNTRUSTED'];

/** Whether client certificates mean the same wherever agents connect. */
export function checkTls({ listeners }: EnvoyView): readonly Finding[] {
  const chains = listeners.flatMap(chainsOf).filter((chain) => chain.at('transport_socket').exists);
  const contexts = chains.map((chain) => inner(typed(chain.at('transport_socket'))));
  const someVerify = contexts.some(verifies);
  return contexts.flatMap((context) => [
    ...when(someVerify && !verifies(context), 'tls.mixed', context),
    ...when(takesAnybody(context), 'tls.no-authority', context),
  ]);
}

/** Whether every client shows a certificate that an authority has signed. */
export function verifies(context: Place): boolean {
  return context.at('require_client_certificate').isOn && !takesAnybody(context);
}

function takesAnybody(context: Place): boolean {
  if (!context.at('require_client_certificate').isOn) return false;
  const common = context.at('common_tls_context');
  const served = ['validation_context_sds_secret_config', 'combined_validation_context'];
  if (served.some((name) => common.at(name).exists)) return false;
  const validation = common.at('validation_context');
  return !validation.at('trusted_ca').exists || takesUntrusted(validation);
}

/** Whether a certificate may fail to verify, or have ended. */
export function takesUntrusted(validation: Place): boolean {
  const untrusted = validation.at('trust_chain_verification').name(TRUST) === 'ACCEPT_UNTRUSTED';
  return untrusted || !validation.at('allow_expired_certificate').isOff;
}
