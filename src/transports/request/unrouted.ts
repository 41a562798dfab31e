/** Under which an exchange is recorded that names no server. No catalogued server can have this name. */
export const UNROUTED = '_unrouted';
