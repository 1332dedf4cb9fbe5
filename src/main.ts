// The server as a process of its own: `node src/main.ts --config FILE` is `gatehouse start --config FILE`.

import { runCli } from './cli/main.ts';

process.exitCode = await runCli(['start', ...process.argv.slice(2)]);
