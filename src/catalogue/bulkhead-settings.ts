/** How much of a server's tools may be in progress at once. */
export interface BulkheadSettings {
  /** Requests to the server, whatever they ask; open streams are not counted. */
  readonly calls: number;
  /** Of those, how many are served at once; others wait. ≤ `calls`. */
  readonly connections: number;
  /** Calls of one tool, or other requests, ≤ `calls`. */
  readonly callsPerTool: number;
  /** Of those, what each tenant finds free whatever the others do. */
  readonly keptPerTenant: number;
  /** Bytes of the bodies of those requests. */
  readonly bytes: number;
}
