/** A name of the DOM library that the declarations of `@modelcontextprotocol/sdk` use and Node's do not have. */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
