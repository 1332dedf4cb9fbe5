/** State events by type and state key. */
import type { Pdu } from '../protocol/events.ts';

export class StateMap {
  readonly #byType = new Map<string, Map<string, Pdu>>();

  get(type: string, stateKey: string): Pdu | undefined {
    return this.#byType.get(type)?.get(stateKey);
  }

  /** Takes the place of the event with the same type and state key. */
  put(pdu: Pdu): void {
    const ofType = this.#byType.get(pdu.type) ?? new Map<string, Pdu>();
    ofType.set(pdu.stateKey ?? '', pdu);
    this.#byType.set(pdu.type, ofType);
  }

  delete(type: string, stateKey: string): void {
    this.#byType.get(type)?.delete(stateKey);
  }

  clear(): void {
    this.#byType.clear();
  }

  ofType(type: string): Iterable<Pdu> {
    return this.#byType.get(type)?.values() ?? [];
  }

  *events(): Generator<Pdu> {
    for (const ofType of this.#byType.values()) yield* ofType.values();
  }
}
