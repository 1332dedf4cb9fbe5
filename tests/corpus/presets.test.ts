/**
 * What people really wrote, through each preset: the mails of a public corpus as messages, by regulars and by newcomers.
 * Mails are longer than messages, with more links; rates are what presets do to such texts, not what rooms see of them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters } from '../../src/policy/memory/counters.ts';
import { measureOf } from '../../src/policy/memory/measure.ts';
import { SimilarTexts } from '../../src/policy/memory/similar.ts';
import { PRESETS } from '../../src/policy/presets/registry.ts';
import { EventReading } from '../../src/policy/reading/event-reading.ts';
import { loadCorpus } from './mails.ts';
import { readMail } from '../support/mail-text.ts';
import { eventOf } from '../support/policy-events.ts';
import { userAt } from '../support/room-builder.ts';
import { serverNamed } from '../support/federation-fakes.ts';
import { decideReading, NOW, policyOfPreset, say, type Role } from '../support/scenes.ts';

/** One a minute, as in a lively community. */
const PACE_MS = 60_000;
/** Of a text and of its HTML: an event of 64 kB holds no more. */
const MAX_TEXT = 20_000;
const server = serverNamed('home.test');

interface Mail {
  readonly id: string;
  readonly isSpam: boolean;
  readonly event: EventReading;
}

const corpus = loadCorpus();
const mails: readonly Mail[] = (corpus.ok ? corpus.mails : []).map(({ group, id, text: raw }) => {
  const { from, subject, text, html } = readMail(raw);
  const body = `${subject}\n\n${withoutFooter(text).trim()}`.slice(0, MAX_TEXT);
  const formatted = html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: cut(html) };
  const sender = userAt(from.replace(/[^a-z0-9.]/g, '_').slice(0, 60), server);
  const pdu = eventOf({ ...say(body, formatted), sender, originServerTs: NOW });
  return { id: `${group}/${id}`, isSpam: group.startsWith('spam'), event: new EventReading(pdu) };
});

/** Messages have no signatures, and no footers of mailing lists. */
function withoutFooter(text: string): string {
  const footer = /\n(?:-- ?|_{8,}.*|-{8,}.*|={8,}.*)\n(?![\s\S]{2000})/.exec(text);
  return footer === null ? text : text.slice(0, footer.index);
}

function cut(html: string): string {
  return html.replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '').slice(0, MAX_TEXT);
}

interface Tally {
  readonly judged: number;
  readonly refused: number;
  readonly byRule: ReadonlyMap<string, readonly string[]>;
}

/** Plays mails one after the other, with a memory of what was said before. */
function play(preset: string, as: Role, chosen: readonly Mail[]): Tally {
  const policy = policyOfPreset(preset);
  const communityOf = (): string => 'corpus';
  const counters = new Counters({ startedAt: NOW, communityOf });
  const texts = new SimilarTexts({ communityOf });
  const byRule = new Map<string, string[]>();
  for (const [index, { id, event }] of chosen.entries()) {
    const now = NOW + index * PACE_MS;
    const decision = decideReading(policy, event, as, { now, counters, texts });
    const isRefused = decision.outcome === 'refuse';
    if (decision.outcome === 'refuse') byRule.set(decision.decidedBy, [...(byRule.get(decision.decidedBy) ?? []), id]);
    const { roomId, sender } = event.pdu;
    const happening = { roomId, sender, at: now, isRefused, measure: measureOf(event, 'join') };
    counters.add(happening);
    texts.add(happening);
  }
  const refused = [...byRule.values()].reduce((sum, ids) => sum + ids.length, 0);
  return { judged: chosen.length, refused, byRule };
}

function share({ refused, judged }: Tally): string {
  return `${((100 * refused) / judged).toFixed(2)} % (${String(refused)} of ${String(judged)})`;
}

function reasons({ byRule }: Tally): string {
  const rules = [...byRule].sort(([, a], [, b]) => b.length - a.length);
  return rules.map(([rule, ids]) => `${rule} ${String(ids.length)}`).join(', ');
}

interface Case {
  readonly as: Role;
  /** Of ham that may be refused. */
  readonly mostPercent: number;
  /** Every how many mails are played. */
  readonly every: number;
}

/**
 * Who writes, and which percentage of ham may be refused. Newcomers post no links in `public`, and in a lockdown nobody does:
 * more than half of the mails have one.
 */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  public: [
    { as: 'regular', mostPercent: 1, every: 1 },
    { as: 'newcomer', mostPercent: 65, every: 3 },
  ],
  support: [
    { as: 'regular', mostPercent: 1, every: 1 },
    { as: 'newcomer', mostPercent: 4, every: 3 },
  ],
  announcements: [{ as: 'announcer', mostPercent: 1, every: 3 }],
  lockdown: [{ as: 'regular', mostPercent: 65, every: 3 }],
};

describe('the mails of a corpus', { skip: corpus.ok ? false : corpus.reason }, () => {
  const ham = mails.filter(({ isSpam }) => !isSpam);
  const spam = mails.filter(({ isSpam }) => isSpam);

  it('are all there', () => {
    assert.equal(mails.length, 6046);
    assert.ok(ham.length > 4_000 && spam.length > 1_800);
  });

  for (const { name } of PRESETS) {
    it(`as messages in ${name}`, (test) => {
      for (const { as, mostPercent, every } of CASES[name] ?? []) {
        const isChosen = (_mail: Mail, index: number): boolean => index % every === 0;
        const [wrong, right] = [play(name, as, ham.filter(isChosen)), play(name, as, spam.filter(isChosen))];
        test.diagnostic(`${name}, by ${as}s: ham refused ${share(wrong)}: ${reasons(wrong)}`);
        test.diagnostic(`${name}, by ${as}s: spam refused ${share(right)}: ${reasons(right)}`);
        if (process.env['CORPUS_IDS'] !== undefined) test.diagnostic(JSON.stringify([...wrong.byRule]));
        assert.ok(100 * wrong.refused < mostPercent * wrong.judged, `${share(wrong)}: ${reasons(wrong)}`);
      }
      assert.ok(CASES[name] !== undefined);
    });
  }
});
