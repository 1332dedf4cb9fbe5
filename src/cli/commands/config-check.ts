/** `gatehouse config check`: tells every mistake in a configuration and in the files that it names. */
import { Command } from 'commander';
import { CommandFailure, printError, printLine, type CommandIo } from '../command-io.ts';

export function configCheck(io: CommandIo): Command {
  return new Command('check')
    .description('check a configuration and the files that it names')
    .argument('[file]', 'configuration file (else GATEHOUSE_CONFIG, else the development default)')
    .action(async (file: string | undefined) => {
      const { configured } = await import('../configured.ts');
      const { config, source } = configured(io, file === undefined ? {} : { config: file });
      const { readTls } = await import('../../config/certificate.ts');
      let failed = false;
      for (const { tls } of [...config.listen, ...config.admin.listen]) {
        if (tls === undefined || tls === 'self-signed') continue;
        try {
          for (const warning of readTls(tls, Date.now()).warnings) printError(io, `warning: ${warning}`);
        } catch (error) {
          printError(io, error instanceof Error ? error.message : String(error));
          failed = true;
        }
      }
      const { readRemoteFiles } = await import('../../config/remote-files.ts');
      for (const [name, settings] of Object.entries(config.remote_checks)) {
        try {
          readRemoteFiles(name, settings);
        } catch (error) {
          printError(io, error instanceof Error ? error.message : String(error));
          failed = true;
        }
      }
      if (failed) throw new CommandFailure('');
      const name = source.type === 'file' ? source.file : 'the development default';
      const listeners = config.listen.map(
        ({ host, port, tls }) => `${host} port ${String(port)}${tls === undefined ? ' without TLS' : ''}`,
      );
      printLine(io, `${name} is good: ${config.server_name} on ${listeners.join(', ')}, data in ${config.data_dir}`);
    });
}
