import type { Clock } from '../../src/telemetry/clock.ts';
import { systemClock } from '../../src/telemetry/system-clock.ts';

/** The machine's time, which a test can set forward: pauses end without anybody waiting for them. */
export class ShiftedClock implements Clock {
  #offset = 0;

  now(): number {
    return systemClock.now() + this.#offset;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(milliseconds, signal);
  }

  skip(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
