/** Why a server did not start, in one line with what to do. */
import { StartError, systemCode } from '../config/start-error.ts';

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there: stop it, or change listen in the configuration'],
  ['EADDRNOTAVAIL', 'this machine has no such address: change listen in the configuration'],
  ['ENOTFOUND', 'no such host name: change listen in the configuration'],
  ['EACCES', 'this user may not: ports below 1024 need a privilege, files need to be readable'],
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the file system is read-only: change data_dir'],
]);

/** The error to report; one whose message says what to do already, or that nobody expects, stays as it is. */
export function describeStartFailure(error: unknown): unknown {
  if (error instanceof StartError || !(error instanceof Error)) return error;
  const remedy = REMEDIES.get(systemCode(error) ?? systemCode(error.cause) ?? '');
  return remedy === undefined ? error : new StartError(`${error.message} (${remedy})`, { cause: error });
}
