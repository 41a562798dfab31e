/** A Sallyport that serves for a test, in front of one or more upstreams. */
export interface RunningSallyport extends AsyncDisposable {
  /** URL at which the catalogued server of that name is served. */
  url(server: string): string;
  close(): Promise<void>;
}
