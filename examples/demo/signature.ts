/** A tool as one line, such as `read_file(path: string, limit?: integer ≤ 100)`: its schema says more. */
export function signature(name: string, inputSchema: unknown): string {
  const { properties, required } = members(inputSchema);
  const needed = Array.isArray(required) ? required : [];
  const shown = Object.entries(members(properties)).map(([argument, schema]) => {
    const { type, maximum } = members(schema);
    const bound = typeof maximum === 'number' && maximum !== Number.MAX_SAFE_INTEGER ? ` ≤ ${maximum}` : '';
    return `${argument}${needed.includes(argument) ? '' : '?'}: ${typeof type === 'string' ? type : 'any'}${bound}`;
  });
  return `${name}(${shown.join(', ')})`;
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
