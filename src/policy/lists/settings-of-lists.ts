/** Subscriptions as the settings in force have them. */
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import type { SettingsDirectory } from '../settings/settings-directory.ts';
import type { SubscribedList } from './effect.ts';
import type { ListSettings } from './subscribers.ts';
import { subscriptionInForce } from './subscription.ts';

export function settingsOfLists(settings: Pick<SettingsDirectory, 'settingsOf' | 'communityOf'>): ListSettings {
  const read = new WeakMap<object, readonly SubscribedList[]>();
  return {
    subscriptionsOf: (roomId) => {
      const { lists } = settings.settingsOf(roomId).settings.document;
      const known = read.get(lists) ?? subscriptionsIn(lists);
      read.set(lists, known);
      return known;
    },
    communityOf: (roomId) => settings.communityOf({ kind: 'room', roomId }),
  };
}

/** What is switched off, or cannot be read, is no subscription: settings are checked before they are stored. */
function subscriptionsIn(lists: Readonly<Record<string, unknown>>): readonly SubscribedList[] {
  return Object.entries(lists).flatMap(([name, written]): SubscribedList[] => {
    const list: RoomId | undefined = parseRoomId(name);
    const subscription = subscriptionInForce(written);
    return list === undefined || subscription === undefined ? [] : [{ ...subscription, list }];
  });
}
