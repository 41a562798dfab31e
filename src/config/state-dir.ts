/** `state_dir` where nothing is written. */
export const DEFAULT_STATE_DIR = '.sallyport';
