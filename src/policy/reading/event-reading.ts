/** One event as the checks see it. What several of them look at is worked out once, when the first one asks. */
import { canonicalText } from '../../protocol/canonical-json.ts';
import type { Pdu } from '../../protocol/events.ts';
import { readableTexts, type EventText } from './event-texts.ts';
import { readInlineImages, type InlineImage } from './inline-images.ts';
import { readLinks, type LinkReading } from './links.ts';
import { normaliseText, type NormalisedText } from './normalised-text.ts';
import { readMedia, type MediaItem } from './media.ts';
import { readMentions, type Mentions } from './mentions.ts';
import { TextWords } from './text-words.ts';

/** A text of the event as it is read rather than written; places lead back into `raw.text`. */
export interface NormalisedEventText extends NormalisedText {
  readonly raw: EventText;
}

export class EventReading {
  readonly pdu: Pdu;
  /** Its content can be read by the people in the room alone: checks that look at it have nothing to say. */
  readonly isEncrypted: boolean;
  #texts: readonly EventText[] | undefined;
  #normalised: readonly NormalisedEventText[] | undefined;
  #words: readonly TextWords[] | undefined;
  #mentions: Mentions | undefined;
  #contentJson: string | undefined;
  #eventJson: string | undefined;
  #media: readonly MediaItem[] | undefined;
  #inlineImages: readonly InlineImage[] | undefined;
  #links: LinkReading | undefined;

  constructor(pdu: Pdu) {
    this.pdu = pdu;
    this.isEncrypted = pdu.type === 'm.room.encrypted';
  }

  /** Every text that people get to read, as it stands in the event. */
  get texts(): readonly EventText[] {
    return (this.#texts ??= readableTexts(this.pdu));
  }

  /** The same texts, in the same order, as they are read: what letters look like, without case, marks and invisible characters. */
  get normalised(): readonly NormalisedEventText[] {
    return (this.#normalised ??= this.texts.map(normalisedEventText));
  }

  /** The words of `normalised`, in the same order. */
  get words(): readonly TextWords[] {
    return (this.#words ??= this.normalised.map(({ text }) => new TextWords(text)));
  }

  /** The content as canonical JSON. */
  get contentJson(): string {
    return (this.#contentJson ??= canonicalText(this.pdu.content));
  }

  /** The whole event as canonical JSON. */
  get eventJson(): string {
    return (this.#eventJson ??= canonicalText(this.pdu.raw));
  }

  get mentions(): Mentions {
    return (this.#mentions ??= readMentions(this.pdu, this.texts, () => this.links));
  }
  /** Images, files, stickers and the like, with what the event claims about each. */
  get media(): readonly MediaItem[] {
    return (this.#media ??= readMedia(this.pdu, this.inlineImages));
  }
  /** Pictures in the tags of its HTML. */
  get inlineImages(): readonly InlineImage[] {
    return (this.#inlineImages ??= readInlineImages(this.texts));
  }

  /** Links in its texts and in the tags of its HTML, and Matrix ids in plain text. */
  get links(): LinkReading {
    return (this.#links ??= readLinks(this.texts, this.media));
  }
}

export function normalisedEventText(raw: EventText): NormalisedEventText {
  return { raw, ...normaliseText(raw.text) };
}
