import type { ReaderStore } from '../../rooms/graph/ports.ts';

export class MemoryReaderStore implements ReaderStore {
  readonly #positions = new Map<string, number>();

  async position(reader: string): Promise<number> {
    return this.#positions.get(reader) ?? 0;
  }

  async setPosition(reader: string, position: number): Promise<void> {
    this.#positions.set(reader, position);
  }
}
