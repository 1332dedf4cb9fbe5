/** Something that a person must put right before the server can start: one line that says what, and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The code of a system error such as `ENOENT`; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
