/** Where and to whom a definition was shown. Texts are printable and bounded. */
export interface SeenTool {
  readonly server: string;
  readonly tool: string;
  /** Digest of the definition. */
  readonly seen: string;
  /** The first caller who was shown it. */
  readonly principal: string;
}

/** Something an operator should know about a server's tools. */
export type ToolReport =
  /** Another definition than the accepted one: the tool is in quarantine from now on. */
  | (SeenTool & { readonly kind: 'changed'; readonly diff: readonly string[] })
  /** A further definition of a tool in quarantine, or the accepted one beside it: callers are shown different ones. */
  | (SeenTool & { readonly kind: 'variant'; readonly diff: readonly string[] })
  /** A tool that nobody accepted. */
  | (SeenTool & { readonly kind: 'unknown' })
  /** A list item that cannot be read. */
  | { readonly kind: 'unreadable'; readonly server: string; readonly reason: string; readonly principal: string }
  /** Quarantine could not be stored; it holds until the process ends. */
  | { readonly kind: 'not-stored'; readonly server: string; readonly tool: string; readonly cause: unknown }
  /** No more reports of this kind about this server until the process restarts. */
  | { readonly kind: 'muted'; readonly server: string; readonly about: 'variant' | 'unknown' | 'unreadable' };
