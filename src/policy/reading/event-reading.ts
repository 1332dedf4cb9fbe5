/** One event as the checks see it. What several of them look at is worked out once, when the first one asks. */
import type { Pdu } from '../../protocol/events.ts';
import { mentionedUsers, readableTexts, type EventText } from './event-texts.ts';
import { readMedia, type MediaItem } from './media.ts';

export interface Mentions {
  readonly users: ReadonlySet<string>;
  readonly room: boolean;
}

export class EventReading {
  readonly pdu: Pdu;
  /** Its content can be read by the people in the room alone: checks that look at it have nothing to say. */
  readonly isEncrypted: boolean;
  #texts: readonly EventText[] | undefined;
  #mentions: Mentions | undefined;
  #media: readonly MediaItem[] | undefined;

  constructor(pdu: Pdu) {
    this.pdu = pdu;
    this.isEncrypted = pdu.type === 'm.room.encrypted';
  }

  /** Every text that people get to read, as it stands in the event. */
  get texts(): readonly EventText[] {
    return (this.#texts ??= readableTexts(this.pdu));
  }

  get mentions(): Mentions {
    return (this.#mentions ??= mentionedUsers(this.pdu));
  }
  /** Images, files, stickers and the like, with what the event claims about each. */
  get media(): readonly MediaItem[] {
    return (this.#media ??= readMedia(this.pdu));
  }
}
