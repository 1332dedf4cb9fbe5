import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, messageOf } from '../../../tests/support/policy-events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { findString, readableTexts } from './event-texts.ts';

describe('readableTexts', () => {
  const rows: readonly { what: string; content: JsonObject; texts: Readonly<Record<string, string>> }[] = [
    { what: 'a body', content: { body: 'hello' }, texts: { 'content.body': 'hello' } },
    {
      what: 'a formatted body as text',
      content: { body: 'a', formatted_body: '<b>b</b>&amp;' },
      texts: { 'content.body': 'a', 'content.formatted_body': 'b&' },
    },
    {
      what: 'an edit',
      content: { body: '* x', 'm.new_content': { body: 'x', formatted_body: '<i>y</i>' } },
      texts: {
        'content.body': '* x',
        'content.m\\.new_content.body': 'x',
        'content.m\\.new_content.formatted_body': 'y',
      },
    },
    {
      what: 'a reaction',
      content: { 'm.relates_to': { event_id: '$e', key: '👍', rel_type: 'm.annotation' } },
      texts: { 'content.m\\.relates_to.key': '👍' },
    },
    { what: 'a topic', content: { topic: 'tea' }, texts: { 'content.topic': 'tea' } },
    {
      what: 'a rich topic',
      content: { 'm.topic': { 'm.text': [{ body: 'tea', mimetype: 'text/plain' }] } },
      texts: { 'content.m\\.topic.m\\.text.0.body': 'tea' },
    },
    { what: 'a name', content: { name: 'Room' }, texts: { 'content.name': 'Room' } },
    {
      what: 'a member',
      content: { membership: 'join', displayname: 'Bob', reason: 'hi', avatar_url: 'mxc://x/y' },
      texts: { 'content.displayname': 'Bob', 'content.reason': 'hi' },
    },
    {
      what: 'a file',
      content: { body: 'b', filename: 'f.png' },
      texts: { 'content.body': 'b', 'content.filename': 'f.png' },
    },
    {
      what: 'a poll',
      content: {
        'm.poll': {
          question: { 'm.text': [{ body: 'tea?' }] },
          answers: [{ 'm.id': 'a', 'm.text': [{ body: 'yes' }, { body: '<b>yes</b>', mimetype: 'text/html' }] }],
        },
      },
      texts: {
        'content.m\\.poll.question.m\\.text.0.body': 'tea?',
        'content.m\\.poll.answers.0.m\\.text.0.body': 'yes',
        'content.m\\.poll.answers.0.m\\.text.1.body': 'yes',
      },
    },
    {
      what: 'a poll of before the specification, edited',
      content: {
        'm.new_content': {
          'org.matrix.msc3381.poll.start': {
            question: { 'org.matrix.msc1767.text': 'tea?', body: 'tea' },
            answers: [{ id: 'a', 'org.matrix.msc1767.text': 'yes' }, { id: 'b' }],
          },
        },
      },
      texts: {
        'content.m\\.new_content.org\\.matrix\\.msc3381\\.poll\\.start.question.body': 'tea',
        'content.m\\.new_content.org\\.matrix\\.msc3381\\.poll\\.start.question.org\\.matrix\\.msc1767\\.text': 'tea?',
        'content.m\\.new_content.org\\.matrix\\.msc3381\\.poll\\.start.answers.0.org\\.matrix\\.msc1767\\.text': 'yes',
      },
    },
    {
      what: 'texts of their own kinds',
      content: {
        'org.matrix.msc1767.html': '<i>a</i>',
        'm.caption': { 'm.text': 'b' },
        'm.location': { description: 'c' },
      },
      texts: {
        'content.org\\.matrix\\.msc1767\\.html': 'a',
        'content.m\\.caption.m\\.text': 'b',
        'content.m\\.location.description': 'c',
      },
    },
    {
      what: 'captions and names of the items of a gallery',
      content: { body: 'a', itemtypes: [{ itemtype: 'm.image', body: 'b', filename: 'c.png' }, 'd'] },
      texts: {
        ...{ 'content.body': 'a', 'content.itemtypes.0.body': 'b', 'content.itemtypes.0.filename': 'c.png' },
        'content.itemtypes.1': 'd',
      },
    },
    {
      what: 'names of people who are invited by mail',
      content: { display_name: 'a', third_party_invite: { display_name: 'b', signed: { token: 'c' } } },
      texts: { 'content.display_name': 'a', 'content.third_party_invite.display_name': 'b' },
    },
    { what: 'wrong types', content: { body: 7, name: null, topic: ['x'], 'm.new_content': [1, null] }, texts: {} },
  ];
  for (const { what, content, texts } of rows) {
    it(`reads ${what}`, () => {
      const found = readableTexts(eventOf({ type: 'm.room.message', content }));
      assert.deepEqual(Object.fromEntries(found.map(({ path, text }) => [path, text])), texts);
    });
  }

  it('knows what each text is', () => {
    const content = {
      ...{ body: 'a', formatted_body: 'b', filename: 'c', 'm.new_content': { body: 'd' } },
      'm.relates_to': { key: 'e' },
      'm.poll': { question: { 'm.text': 'f' } },
      'm.topic': { 'm.text': [{ body: 'g' }] },
    };
    assert.deepEqual(
      readableTexts(messageOf(content)).map(({ field, text }) => `${text} ${field}`),
      ['a body', 'c filename', 'b formatted_body', 'd body', 'e reaction', 'g topic', 'f poll'],
    );
  });

  it('stops where content nests deeper than any client reads', () => {
    let content: JsonObject = { body: 'deep' };
    for (let i = 0; i < 100; i += 1) content = { body: String(i), 'm.new_content': { 'm.text': [content] } };
    const texts = readableTexts(messageOf(content));
    assert.ok(texts.length > 1 && texts.length < 10);
  });
});

describe('findString', () => {
  const has = (wanted: string) => (text: string) => text === wanted;
  it('looks everywhere in content, keys included', () => {
    const pdu = messageOf({ 'a.b': { list: [1, [{ deep: 'here' }]] }, 'odd key': true });
    assert.deepEqual(findString(pdu, has('here')), { path: 'content.a\\.b.list.1.0.deep', text: 'here', isKey: false });
    assert.deepEqual(findString(pdu, has('odd key')), { path: 'content.odd key', text: 'odd key', isKey: true });
    assert.equal(findString(pdu, has('nowhere')), undefined);
  });
});
