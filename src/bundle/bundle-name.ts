/** What a bundle may be called: one name for all its revisions. */
export const BUNDLE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
