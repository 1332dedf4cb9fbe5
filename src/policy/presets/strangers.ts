/** Who is new to a community, and who is at home there: what the rules of presets tell apart. */

/** In the room for less than a day, with hardly a word said anywhere in the community. */
export const NEWCOMER = { newcomer: { joined_within: '24h', fewer_messages_than: 5, criteria: 'all' } };

/** The same, until they have taken part for a while: for limits that a newcomer reaches by talking. */
export const UNPROVEN = { newcomer: { joined_within: '24h', fewer_messages_than: 30, criteria: 'all' } };

/** Has never said anything, and came within the last two weeks: accounts that sleep before they spam. */
export const SILENT_SO_FAR = { newcomer: { joined_within: '14d', fewer_messages_than: 1, criteria: 'all' } };

/** People with history: what others do to harm, they do by accident. */
export const REGULARS = { known_for: '7d', messages: 20 };

export const NOT_STATE = { event_type: { only: 'not_state' } };
