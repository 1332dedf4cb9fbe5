/** Files that are either as they were or as they shall be, whenever the power goes. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** The steps of a write, so that a test can stop before each of them. */
export interface FileSteps {
  write(file: string, text: string, mode: number): void;
  rename(from: string, to: string): void;
  syncFolder(folder: string): void;
}

export const fileSteps: FileSteps = {
  write(file, text, mode) {
    const descriptor = openSync(file, 'w', mode);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  rename: renameSync,
  syncFolder(folder) {
    // Windows cannot open folders; its file system journals renames.
    if (process.platform === 'win32') return;
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};

/** Replaces a file at once. What a crash leaves behind is `NAME.tmp`, which the next write replaces. */
export function writeDurably(file: string, text: string, mode: number, steps: FileSteps = fileSteps): void {
  const temporary = `${file}.tmp`;
  // An old one may have another mode, which opening would keep.
  rmSync(temporary, { force: true });
  steps.write(temporary, text, mode);
  steps.rename(temporary, file);
  steps.syncFolder(path.dirname(file));
}
