/** Ends of names that hold secrets, without case and separators. */
const SECRET =
  /(?:password|passwords|passwd|.pwd|passphrase|passcode|pincode|passwordhash|secrets?|apikeys?|privatekey|secretkey|accesskey|signingkey|encryptionkey|credentials?|authorization|bearer|cookies?|token|jwt|otp|cvv2?|cvc2?|connectionstring)\d*$/;

/** Tokens that are places in a list. */
const PLACE = /(?:page|next|prev|previous|continuation|pagination|sync|cursor|resume|skip)token$/;

/** Names beyond this are not looked at: nobody calls a secret so. In UTF-16 code units. */
const MAX_LENGTH = 128;

/** Whether a member of this name holds a secret, as far as a name can tell: `password`, `apiKey`, `X-Auth-Token`. */
export function isSecretName(name: string): boolean {
  if (name.length > MAX_LENGTH) return false;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return SECRET.test(plain) && !PLACE.test(plain);
}
